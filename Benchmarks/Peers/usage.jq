# The measured tokens of a claude-code-router 1.x log by model, `model,input,cached,output`, as one would ask jq for
# them. A request's model stands in its `request body` line, its usage in a `recieved data` line.
reduce inputs as $line ({models: {}, usage: {}};
  if $line.type == "request body" then .models[$line.reqId] = ($line.data.model | sub("^[^,]*,"; ""))
  elif $line.type == "recieved data" and ($line.data | contains("prompt_tokens")) then
    .usage[$line.reqId] = ($line.data | fromjson.usage)
  else . end)
| .models as $models
| [.usage | to_entries[] | {model: $models[.key], usage: .value}] | group_by(.model)[]
| [.[0].model,
   ([.[].usage | .prompt_tokens - .prompt_tokens_details.cached_tokens] | add),
   ([.[].usage.prompt_tokens_details.cached_tokens] | add),
   ([.[].usage.completion_tokens] | add)]
| join(",")
