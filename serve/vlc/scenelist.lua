-- Scenelist: search your videos by what happens in them, inside VLC (View > Scenelist).
-- Asks `scenelist serve` on this machine; starts nothing and sends nothing anywhere else.

local PLACE = "http://127.0.0.1:8420"
local MOST = 50

local dialog, question, place, list, words, state
local answers = {}

function descriptor()
  return {
    title = "Scenelist",
    version = "1.0",
    author = "Scenelist",
    shortdesc = "Scenelist",
    description = "Search your videos by what happens in them, and play the moments.",
    capabilities = {},
  }
end

function activate()
  dialog = vlc.dialog("Scenelist")
  question = dialog:add_text_input("", 1, 1, 4, 1)
  dialog:add_button("Search", search, 5, 1, 1, 1)
  list = dialog:add_list(1, 2, 5, 12)
  dialog:add_button("Play all", play_all, 1, 14, 1, 1)
  dialog:add_button("Play this", play_chosen, 2, 14, 1, 1)
  dialog:add_button("Add", add_chosen, 3, 14, 1, 1)
  dialog:add_button("Read", read_chosen, 4, 14, 1, 1)
  dialog:add_button("Close", close, 5, 14, 1, 1)
  state = dialog:add_label("Say what happens in the scene you want.", 1, 15, 5, 1)
  words = dialog:add_label("", 1, 16, 5, 1)
  dialog:add_label("Server:", 1, 17, 1, 1)
  place = dialog:add_text_input(PLACE, 2, 17, 4, 1)
  dialog:show()
  vlc.msg.info("scenelist: ready")
end

function deactivate()
  if dialog then dialog:delete() end
  dialog = nil
end

function close() vlc.deactivate() end
function meta_changed() end
function input_changed() end

-- Labels are shown as HTML, other things are not: what a model or a file name says is no markup.
local function plain(text)
  return (text:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"))
end

local function say(text)
  state:set_text(plain(text))
  vlc.msg.info("scenelist: " .. text)
  dialog:update()
end

local function encoded(text)
  return (text:gsub("[^%w%-_%.~]", function(byte) return string.format("%%%02X", string.byte(byte)) end))
end

-- Only this machine is asked, whatever stands in the field.
local function server()
  local text = place:get_text():gsub("/+$", "")
  if text:match("^http://127%.0%.0%.1:%d+$") or text:match("^http://localhost:%d+$") then return text end
  return nil
end

local function split(line)
  local parts = {}
  for part in (line .. "\t"):gmatch("([^\t]*)\t") do parts[#parts + 1] = part end
  return parts
end

local function read(line)
  local part = split(line)
  if #part ~= 7 or not tonumber(part[2]) or not tonumber(part[3]) or not part[1]:match("^file://") then
    return nil
  end
  return { uri = part[1], start = part[2], stop = part[3], title = part[4], time = part[5], film = part[6], words = part[7] }
end

function search()
  local from = server()
  if not from then return say("The server is http://127.0.0.1:PORT on this machine.") end
  local text = question:get_text()
  if text:match("^%s*$") then return say("Say what happens in the scene you want.") end
  say("Searching ...")
  answers = {}
  list:clear()
  words:set_text("")
  local stream = vlc.stream(from .. "/api/vlc?limit=" .. MOST .. "&q=" .. encoded(text))
  local line = stream and stream:readline()
  if not stream then
    return say("No answer from " .. from .. ": run `scenelist serve` in a terminal, then search again.")
  end
  while line do
    local said = line:match("^!\t(.*)$")
    if said then return say(said) end
    local answer = read(line)
    if answer then
      answers[#answers + 1] = answer
      list:add_value(answer.time .. "  " .. answer.film .. "  " .. answer.words, #answers)
    end
    line = stream:readline()
  end
  if #answers == 0 then
    return say("No answer from " .. from .. ": is that `scenelist serve`, without a token?")
  end
  say(#answers .. (#answers == 1 and " moment." or " moments."))
end

local function items(some)
  local made = {}
  for _, answer in ipairs(some) do
    made[#made + 1] = {
      path = answer.uri,
      name = answer.title,
      options = { "start-time=" .. answer.start, "stop-time=" .. answer.stop },
    }
  end
  return made
end

-- What was added stands at the end of the playlist: the first of it is played.
local function play(some)
  if #some == 0 then return say("Nothing is chosen: search, then choose a line.") end
  vlc.playlist.enqueue(items(some))
  local children = vlc.playlist.get("playlist", false).children
  local first = children[#children - #some + 1]
  if first then vlc.playlist.gotoitem(first.id) end
  say("Playing " .. some[1].title)
end

local function chosen()
  local numbers, some = {}, {}
  for number in pairs(list:get_selection() or {}) do numbers[#numbers + 1] = number end
  table.sort(numbers)
  for _, number in ipairs(numbers) do some[#some + 1] = answers[number] end
  return some
end

function play_all() play(answers) end
function play_chosen() play(chosen()) end

function add_chosen()
  local some = chosen()
  if #some == 0 then some = answers end
  if #some == 0 then return say("There is nothing to add: search first.") end
  vlc.playlist.enqueue(items(some))
  say(#some .. " added to the playlist.")
end

function read_chosen()
  local some = chosen()
  if #some > 0 then words:set_text(plain(some[1].time .. "  " .. some[1].film .. ": " .. some[1].words)) end
end
