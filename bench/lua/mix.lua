-- Nine reads to one patch, over all states.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local count, number = 0, 0
local reading, writing = { ["Authorization"] = headers()["Authorization"] }, headers()

function request()
  count = count + 1
  number = (number + 7) % ids
  if count % 10 == 0 then
    return wrk.format("PATCH", path_of(number + 1), writing, next_body())
  end
  return wrk.format("GET", path_of(number + 1), reading)
end
