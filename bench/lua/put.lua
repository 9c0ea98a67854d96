-- Replaces states with If-Match: every state is in one request's hands at a time, and its next
-- version comes from the answer. BENCH_VERSIONS is a file of lines "number version".

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local numbers, versions, first, last = {}, {}, 1, 0

local function give_back(number, version)
  last = last + 1
  numbers[last], versions[last] = number, version
end

function init()
  for line in io.lines(os.getenv("BENCH_VERSIONS")) do
    local number, version = line:match("(%d+) (%d+)")
    give_back(number, version)
  end
end

function request()
  local number, version = numbers[first], versions[first]
  numbers[first], versions[first] = nil, nil
  first = first + 1
  return wrk.format("PUT", path_of(number), headers({ ["If-Match"] = '"' .. version .. '"' }), next_body())
end

function response(status, answer_headers, answer)
  local number = answer:match('"agentId":"agent%-(%d+)"')
  local version = answer:match('"version":(%d+)}')
  if number and version then give_back(number, version) end
end
