/// What keeps Claude Code's telemetry.
enum ClientTelemetry {
  /// The lines of an OpenTelemetry Collector's configuration.
  static let collector = """
      receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:4318}}}}
      exporters: {file: {path: /var/log/claude-code/otlp.jsonl}}
      service: {pipelines: {logs: {receivers: [otlp], exporters: [file]}}}
    """
}

/// What makes LiteLLM write a line a call.
enum LiteLLMCallback {
  /// The lines of a callback's Python. LiteLLM passes all arguments by these names.
  static let program = """
      import json
      from litellm.integrations.custom_logger import CustomLogger

      class UsageLog(CustomLogger):
          def write(self, kwargs):
              record = kwargs.get("standard_logging_object")
              if record:
                  with open("/var/log/litellm/usage.jsonl", "a") as file:
                      file.write(json.dumps(record, default=str) + "\\n")

          async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
              self.write(kwargs)

          async def async_log_failure_event(self, kwargs, response_obj, start_time, end_time):
              self.write(kwargs)

      handler = UsageLog()
    """
}
