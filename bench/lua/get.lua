-- Reads one state after another, from BENCH_FIRST on.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local fresh = os.getenv("BENCH_FRESH")
local number = tonumber(os.getenv("BENCH_FIRST") or "0")
local wanted = headers(fresh and { ["Cache-Control"] = "no-cache" })

function request()
  number = number % ids + 1
  return wrk.format("GET", path_of(number), wanted)
end
