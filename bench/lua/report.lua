-- What every load script shares: the key, and a last line that a program can read.

local authorization = "Bearer " .. os.getenv("BENCH_KEY")
ids = tonumber(os.getenv("BENCH_IDS") or "1")
body = os.getenv("BENCH_BODY")

function headers(more)
  local all = { ["Authorization"] = authorization }
  if body then all["Content-Type"] = "application/json" end
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

local step = 0

-- The body with another number at its "@", so that every write changes something.
function next_body()
  step = step + 1
  return (body:gsub("@", step))
end

function path_of(number)
  return "/api/v1/agents/agent-" .. number
end

-- What a script counts in `failed`: answers that say no with a status that says yes.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function done(summary, latency, requests)
  local refused = summary.errors.status
  for _, thread in ipairs(threads) do refused = refused + (thread:get("failed") or 0) end
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"refused":%d,"broken":%d,' ..
    '"mean_us":%.1f,"p50_us":%.1f,"p95_us":%.1f,"p99_us":%.1f}\n',
    summary.requests, summary.duration / 1e6, refused,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency.mean, latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
