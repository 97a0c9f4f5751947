-- A module for suite.lua to require.
local greeting = { loaded = ... }

function greeting.say(name)
    return ("hello, %s"):format(name)
end

return greeting
