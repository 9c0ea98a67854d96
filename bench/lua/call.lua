-- The same call again and again: BENCH_METHOD, BENCH_PATH, BENCH_BODY.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local text

function init()
  text = wrk.format(os.getenv("BENCH_METHOD"), os.getenv("BENCH_PATH"), headers(), body)
end

function request()
  return text
end
