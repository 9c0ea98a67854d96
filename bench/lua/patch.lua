-- Patches one state after another.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local number = 0
local wanted = headers()

function request()
  number = number % ids + 1
  return wrk.format("PATCH", path_of(number), wanted, next_body())
end
