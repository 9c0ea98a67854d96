-- Replaces one state after another, whatever its version, each write under a key of its own.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local number, step = 0, tonumber(os.getenv("BENCH_FIRST") or "0")

function request()
  number, step = number % ids + 1, step + 1
  local wanted = headers({ ["If-Match"] = "*", ["Idempotency-Key"] = "bench-" .. step })
  return wrk.format("PUT", path_of(number), wanted, next_body())
end
