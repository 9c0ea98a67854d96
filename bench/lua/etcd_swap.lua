-- Replaces etcd's keys, each on the version it has. BENCH_SWAPS is a file of lines "version key
-- body"; in a body "#" stands for the version and "@" for a number, each eight characters wide.
--
-- A success does not name its key, and asking for it would cost etcd time. But a key's next turn
-- comes a thousand requests later, and each success adds one to its version: the next one is known
-- without the answer. A refusal is counted, and brings the key and its version.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local heads, middles, tails, versions, places = {}, {}, {}, {}, {}
local number, step = 0, 0
local is_looked_at = false
failed = 0

function init()
  local json = { ["Content-Type"] = "application/json" }
  for line in io.lines(os.getenv("BENCH_SWAPS")) do
    local version, key, text = line:match("^(%d+) (%S+) (.*)$")
    text = text:gsub("#", "########"):gsub("@", "@@@@@@@@")
    local whole = wrk.format("POST", "/v3/kv/txn", json, text)
    local head, middle, tail = whole:match("^(.-)########(.-)@@@@@@@@(.*)$")
    table.insert(heads, head)
    table.insert(middles, middle)
    table.insert(tails, tail)
    table.insert(versions, tonumber(version))
    places[key] = #heads
  end
end

function request()
  if not is_looked_at then -- wrk asks for one before it begins, and does not send it
    is_looked_at = true
    return wrk.format("GET", "/")
  end
  number = number % #heads + 1
  step = step + 1
  local version = versions[number]
  versions[number] = version + 1
  return heads[number] .. string.format("%8d", version) .. middles[number]
    .. string.format("%08d", step) .. tails[number]
end

function response(status, answer_headers, answer)
  if answer:find('"succeeded":true', 1, true) then return end
  failed = failed + 1
  local key, version = answer:match('"key":"([^"]+)".-"version":"(%d+)"')
  if key then versions[places[key]] = tonumber(version) end
end
