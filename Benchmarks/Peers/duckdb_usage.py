"""The measured tokens of a claude-code-router 1.x log by model, as one would ask DuckDB for them.

A request's model stands in its `request body` line, its usage in the last `recieved data` line that has one.
Prints `model,input,cached,output` lines.
"""

import sys

import duckdb

QUERY = """
WITH line AS (
  SELECT reqId, type, data, row_number() OVER () AS place
  FROM read_ndjson(?, columns = {reqId: 'VARCHAR', type: 'VARCHAR', data: 'JSON'}, maximum_object_size = 67108864)
  WHERE type = 'request body' OR (type = 'recieved data' AND contains(data::VARCHAR, 'prompt_tokens'))
),
model AS (
  SELECT reqId, split_part(data ->> '$.model', ',', 2) AS model FROM line WHERE type = 'request body'
),
usage AS (
  SELECT reqId, arg_max((data ->> '$')::JSON -> 'usage', place) AS usage
  FROM line WHERE type = 'recieved data' GROUP BY reqId
),
tokens AS (
  SELECT model, (usage ->> '$.prompt_tokens')::BIGINT AS prompt,
    coalesce((usage ->> '$.prompt_tokens_details.cached_tokens')::BIGINT, 0) AS cached,
    (usage ->> '$.completion_tokens')::BIGINT AS output
  FROM usage JOIN model USING (reqId)
)
SELECT model, sum(prompt - cached)::BIGINT, sum(cached)::BIGINT, sum(output)::BIGINT FROM tokens GROUP BY model
"""

for row in duckdb.execute(QUERY, [sys.argv[1]]).fetchall():
    print(*row, sep=",")
