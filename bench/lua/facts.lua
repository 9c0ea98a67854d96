-- Appends one new fact at a time to the researches BENCH_PREFIX-1 … BENCH_PREFIX-<ids>.

body = nil
dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local number, prefix, run = 0, os.getenv("BENCH_PREFIX"), os.getenv("BENCH_RUN")
local wanted = headers({ ["Content-Type"] = "application/json" })

function request()
  number = number + 1
  local path = "/api/v1/research/" .. prefix .. "-" .. (number % ids + 1) .. "/facts"
  local text = '{"facts":[{"id":"' .. run .. "-" .. number .. '","content":"one more thing found out"}]}'
  return wrk.format("POST", path, wanted, text)
end
