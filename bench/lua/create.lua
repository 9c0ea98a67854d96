-- Creates one state after another; BENCH_RUN makes their ids new.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local number, run = 0, os.getenv("BENCH_RUN")
local wanted = headers()

function request()
  number = number + 1
  return wrk.format("PUT", "/api/v1/agents/" .. run .. "-" .. number, wanted, next_body())
end
