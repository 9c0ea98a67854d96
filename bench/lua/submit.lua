-- Submits a task about one state after another: in BENCH_BODY "#" stands for the state's number,
-- "@" for a number of eight digits that no task had before.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local number, step = 0, tonumber(os.getenv("BENCH_FIRST") or "0")
local wanted = headers()

function request()
  number, step = number % ids + 1, step + 1
  local text = body:gsub("#", number):gsub("@", string.format("%08d", step))
  return wrk.format("POST", "/api/tasks/submit", wanted, text)
end
