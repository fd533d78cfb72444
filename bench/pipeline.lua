-- wrk script: sixteen requests in one write.
-- SPDX-License-Identifier: MIT
function init(args)
    local batch = {}
    for i = 1, 16 do
        batch[i] = wrk.format()
    end
    requests = table.concat(batch)
end

function request()
    return requests
end
