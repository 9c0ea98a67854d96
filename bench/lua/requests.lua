-- Sends the requests of a file in turn: a line "METHOD PATH BODY" each, in BENCH_REQUESTS. An "@"
-- in a body stands for a number of eight digits; the length stays, so the texts are made once.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local HOLE = "@@@@@@@@"
local heads, tails = {}, {}
local number, step = 0, 0

function init()
  local json = { ["Content-Type"] = "application/json" }
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    local method, path, text = line:match("^(%S+) (%S+) ?(.*)$")
    local whole = wrk.format(method, path, json, (text:gsub("@", HOLE)))
    local first, last = whole:find(HOLE, 1, true)
    table.insert(heads, whole:sub(1, (first or 0) - 1))
    table.insert(tails, last and whole:sub(last + 1) or false)
  end
end

function request()
  number = number % #heads + 1
  if not tails[number] then return heads[number] end
  step = step + 1
  return heads[number] .. string.format("%08d", step) .. tails[number]
end
