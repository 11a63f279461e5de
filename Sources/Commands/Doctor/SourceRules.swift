import Foundation
import Ledger
import Model
import Reading
import Report

/// The other programs that send work to models: which of them are here, what each can and cannot measure, and what it
/// is about to delete.
extension Doctor {
  func sourceFindings() -> [Finding] {
    freeClaudeCodeFindings() + ccSwitchFindings() + gatewayFindings() + clientFindings()
  }

  /// How many logs free-claude-code keeps, the live one included.
  private static let keptLogs = 5

  private func freeClaudeCodeFindings() -> [Finding] {
    let logs = facts.freeClaudeCodeLogs.sorted { ($0.modified, $0.path) < ($1.modified, $1.path) }
    guard let live = logs.last else { return [] }
    var found: [Finding] = []
    let isTraced = ["debug", "trace"].contains(facts.freeClaudeCodeLevel?.lowercased())
    let folder = SafeText.visible(URL(filePath: live.path).deletingLastPathComponent().path)
    found.append(
      isTraced
        ? Finding(
          severity: .fine, id: "free-claude-code",
          what: "free-claude-code, at DEBUG: \(Figures.count(logs.count, "log")) in \(folder)",
          why:
            "It holds who was called and what the provider counted; of OpenAI-style answers not what a cache served. "
            + "It also holds every prompt.")
        : Finding(
          severity: .advice, id: "free-claude-code-level",
          what: "free-claude-code, at INFO: \(Figures.count(logs.count, "log")) in \(folder)",
          why: "It holds who was called and how it ended, no tokens. Those of Claude Code's own calls are in its "
            + "transcripts, where nothing tells the provider's count from the proxy's estimate.",
          change: "in \(SafeText.visible(facts.freeClaudeCodeSettings)): LOG_LEVEL=DEBUG\n"
            + "this writes every prompt and answer into the log: only where that may be"))
    let doomed = logs.dropLast(max(0, Self.keptLogs - 1)).filter { $0.pending > 0 && $0 != live }
    let pending = doomed.reduce(0) { $0 + $1.pending }
    if let first = doomed.first {
      found.append(
        Finding(
          severity: .loss, id: "free-claude-code-rotation",
          what: "\(Display.bytes(pending)) not yet ingested are about to be deleted: "
            + doomed.prefix(3).map { Display.name(ofFile: $0.path) }.joined(separator: ", "),
          why: "free-claude-code rotates its log at 50 MB and keeps \(Self.keptLogs).", change: ingest(first.path)))
    }
    return found
  }

  private func ccSwitchFindings() -> [Finding] {
    facts.ccSwitchStores.map { store in
      let path = SafeText.visible(store.path)
      if store.doomed > 0 {
        return Finding(
          severity: .loss, id: "cc-switch-rollup",
          what: "\(Figures.count(store.doomed, "request")) not yet ingested are about to be deleted from \(path)",
          why: "CC Switch sums up rows that are 30 days old by the day, and deletes them.", change: ingest(store.path))
      }
      return Finding(
        severity: .fine, id: "cc-switch",
        what: "CC Switch: \(path), \(Figures.count(store.pending, "request")) not yet ingested",
        why: "It holds what providers reported; cache writes of one hour stand as those of five minutes, and a stream "
          + "without usage as zero, which counts as unknown. It sums up and deletes rows after 30 days: ingest before.")
    }
  }

  /// A router's provider that is another router: who is really called, only that one's record says.
  private func gatewayFindings() -> [Finding] {
    guard case .found(let configuration) = facts.routerConfig else { return [] }
    return configuration.providers.compactMap { provider in
      guard let gateway = Gateway(url: provider.url) else { return nil }
      return Finding(
        severity: .advice, id: "gateway",
        what: "the provider \(Display.text(provider.name)) of claude-code-router is a gateway: its address is "
          + "\(gateway.program)'s",
        why: "A call through both is one request: claude-code-router's record tells the route, "
          + "\(gateway.program)'s the provider, the model and the tokens.",
        change: gateway.change)
    }
  }
}

/// Claude Code: what it calls, and what it records of its calls by itself.
extension Doctor {
  fileprivate func clientFindings() -> [Finding] {
    facts.transcripts.filter { !$0.files.isEmpty }.flatMap { transcripts in
      [address(transcripts), telemetry(transcripts)].compactMap(\.self)
    }
  }

  /// A client whose address is a router's: by its transcripts alone such calls look like Anthropic's own.
  private func address(_ transcripts: DoctorFacts.Transcripts) -> Finding? {
    guard let gateway = transcripts.client.address.flatMap({ Gateway(url: $0) }) else { return nil }
    return Finding(
      severity: .advice, id: "client-gateway", what: "Claude Code calls \(gateway.program), by its ANTHROPIC_BASE_URL",
      why: "Its transcripts name the model that it asked for, and the tokens that \(gateway.program) told it. Who was "
        + "called, and whose count that was, only \(gateway.program)'s record says.",
      change: gateway.change)
  }

  private func telemetry(_ transcripts: DoctorFacts.Transcripts) -> Finding {
    let client = transcripts.client
    let settings = SafeText.visible(transcripts.settings)
    let isSent = client.isTelemetryOn && client.logsExporter?.split(separator: ",").contains("otlp") == true
    if isSent {
      return Finding(
        severity: .fine, id: "telemetry", what: "Claude Code sends its telemetry",
        why:
          "The file that a Collector keeps of it holds each finished call with its tokens, also when the transcripts "
          + "are deleted; none of a call that was cut, and never the provider. Name that file under logs:.")
    }
    return Finding(
      severity: .advice, id: "telemetry-off",
      what: client.isTelemetryOn
        ? "Claude Code's telemetry is on, and sends no events of calls" : "Claude Code's telemetry is off",
      why:
        "Its events hold the tokens of each finished call, and stay when the transcripts are deleted. Where those are "
        + "ingested in time, it adds nothing.",
      change: """
        in \(settings), under "env":
          "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
          "OTEL_LOGS_EXPORTER": "otlp",
          "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
          "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"
        with a Collector that keeps them, by its configuration:
        \(ClientTelemetry.collector)
        then name that file under logs: in the configuration of ccr-audit
        """)
  }
}

/// A router that another router calls, told by its address.
enum Gateway: Hashable {
  case liteLLM, freeClaudeCode, ccSwitch

  /// The gateway at an address; `nil` where it is none that we know: by the port that each listens on unless it is told
  /// otherwise, on this machine or one nearby, or by its name in the host.
  init?(url: String) {
    guard let parts = URLComponents(string: url), let host = parts.host?.lowercased() else { return nil }
    if host.contains("litellm") {
      self = .liteLLM
      return
    }
    guard Endpoint.isNearby(host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host) else { return nil }
    switch parts.port {
    case 4000: self = .liteLLM
    case 8082: self = .freeClaudeCode
    case 15721: self = .ccSwitch
    default: return nil
    }
  }

  var program: String {
    switch self {
    case .liteLLM: "LiteLLM"
    case .freeClaudeCode: "free-claude-code"
    case .ccSwitch: "CC Switch"
    }
  }

  var change: String {
    switch self {
    case .liteLLM:
      """
      in LiteLLM's config.yaml:
        litellm_settings:
          callbacks: ["usage_log.handler"]
          turn_off_message_logging: true
      beside it, as usage_log.py:
      \(LiteLLMCallback.program)
      then: ccr-audit ingest /var/log/litellm/usage.jsonl
      or, where LiteLLM has a database: psql -At -c 'select row_to_json(t) from "LiteLLM_SpendLogs" t' | ccr-audit ingest -
      """
    case .freeClaudeCode: "ccr-audit ingest ~/.fcc/logs"
    case .ccSwitch: "ccr-audit ingest ~/.cc-switch/cc-switch.db"
    }
  }
}
