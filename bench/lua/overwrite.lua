-- Replaces one state after another, whatever its version (If-Match: *).

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local number = 0
local wanted = headers({ ["If-Match"] = "*" })

function request()
  number = number % ids + 1
  return wrk.format("PUT", path_of(number), wanted, next_body())
end
