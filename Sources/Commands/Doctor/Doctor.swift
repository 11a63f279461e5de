import Ledger
import Reading
import Model
import Report

/// Judges what was gathered. Pure: the same facts, the same findings.
struct Doctor {
  let facts: DoctorFacts

  /// The findings, worst first.
  static func findings(_ facts: DoctorFacts) -> [Finding] {
    let doctor = Doctor(facts: facts)
    let all =
      doctor.routerFindings() + doctor.routeFindings() + doctor.storeFindings() + doctor.deletionFindings()
      + doctor.sourceFindings()
      + doctor.ingestFindings() + doctor.ledgerFindings() + doctor.billFindings() + doctor.modeFindings()
    return Finding.Severity.allCases.flatMap { severity in shortened(all.filter { $0.severity == severity }) }
  }

  /// How many findings of a kind people read.
  static let mostOfAKind = 50

  /// The first findings of each kind, and how many more there are.
  private static func shortened(_ findings: [Finding]) -> [Finding] {
    var counts: [String: Int] = [:]
    for finding in findings { counts[finding.id, default: 0] += 1 }
    var seen: [String: Int] = [:]
    return findings.compactMap { finding in
      seen[finding.id, default: 0] += 1
      guard let count = counts[finding.id], let place = seen[finding.id], place >= mostOfAKind, count > mostOfAKind
      else { return finding }
      guard place == mostOfAKind else { return nil }
      return Finding(
        severity: finding.severity, id: finding.id,
        what: "\(Figures.count(count - mostOfAKind + 1, "more finding")) of the kind \(finding.id)",
        why: "More than anybody reads; `ccr-audit report --all --format csv` has every model.")
    }
  }

  /// Whether something else than claude-code-router records requests.
  private var hasOtherSources: Bool {
    facts.transcripts.contains { !$0.files.isEmpty } || !facts.proxyLogs.isEmpty || !facts.freeClaudeCodeLogs.isEmpty
      || !facts.ccSwitchStores.isEmpty || facts.ledger?.oddities.hasOtherWriters ?? false
  }

  var config: String { SafeText.visible(facts.routerConfigPath) }

  /// All files of logs and transcripts.
  var files: [SourceFile] {
    facts.logs + facts.transcripts.flatMap(\.files) + facts.proxyLogs + facts.freeClaudeCodeLogs
  }

  /// How to ingest a file: by itself where it is in one of the configured places.
  func ingest(_ path: String) -> String {
    let isConfigured = facts.configuredPlaces.contains { path == $0 || path.hasPrefix($0 + "/") }
    let command = "ccr-audit ingest" + (isConfigured ? "" : " " + Display.argument(path))
    return "run now: \(command)\nand so that it never happens again: ccr-audit schedule install"
  }
}

/// The router itself: what there is of it, and whether it writes anything down.
extension Doctor {
  /// What no reading of these records can make good.
  private var limits: String {
    var limits = ""
    if !facts.stores.isEmpty {
      limits +=
        " Releases up to 3.0.21 subtract the cache twice from the input of streamed answers of OpenAI-compatible and "
        + "Gemini providers: what the total shows is put right, an input of zero is unknown, without a total nothing "
        + "shows it."
    }
    if facts.transcripts.contains(where: { !$0.files.isEmpty }) {
      limits +=
        " Claude Code's checks of permissions are in no transcript, and behind a proxy that is not read its tokens "
        + "can be the proxy's own estimate."
    }
    return limits
  }

  func routerFindings() -> [Finding] {
    var found: [Finding] = []
    if let version = facts.version {
      let logs = "\(Figures.count(facts.logs.count, "log")) of \(Display.bytes(facts.logs.reduce(0) { $0 + $1.size }))"
      found.append(
        Finding(
          severity: .fine, id: "router",
          what: "claude-code-router \(version.rawValue): \(logs), \(Figures.count(facts.stores.count, "store"))",
          why: "This is what there is to measure." + limits))
    } else {
      let isInLedger = facts.ledger?.oddities.hasRouter ?? false
      found.append(
        Finding(
          severity: hasOtherSources || isInLedger ? .advice : .problem,
          id: "router-missing", what: "no claude-code-router was found: no \(config), no log of one, no store",
          why: isInLedger
            ? "The ledger holds what one wrote down; whether its routes can be measured is not known."
            : hasOtherSources
              ? "What is measured comes from the records of other programs."
              : "Only what clients write down themselves can be measured.",
          change: (hasOtherSources && !isInLedger ? "none is needed where no router is used; else name" : "name")
            + " its places in the configuration: logs: [PATH, …] and router_config: PATH"))
    }
    switch facts.routerConfig {
    case .missing:
      if let version = facts.version, version != .three {
        found.append(
          Finding(
            severity: .problem, id: "router-config-missing", what: "the router's configuration \(config) is not there",
            why: "Whether routes can be measured is not known, and 2.x logs name providers only by their address.",
            change: "name it for good, as `router_config: PATH` of the configuration, or for once:\n"
              + "ccr-audit doctor --router-config PATH"))
      }
    case .unreadable(let reason):
      found.append(
        Finding(
          severity: .problem, id: "router-config-unreadable",
          what: "the router's configuration cannot be read: \(SafeText.visible(reason))",
          why: "Whether routes can be measured is not known.", change: "make \(config) valid JSON"))
    case .found(let configuration):
      if facts.version != .three, !Self.holdsTokens(configuration) { found.append(logFinding(configuration)) }
    }
    if let first = facts.packed.first {
      let more = facts.packed.count > 1 ? "; \(facts.packed.count - 1) more are packed, too" : ""
      found.append(
        Finding(
          severity: .problem, id: "packed", what: SafeText.visible(first) + more,
          why: "What is in there is not measured; all else beside it is.",
          change: "unpack it where it is, and let what rotates the logs pack them by gzip"))
    }
    for place in facts.missingPlaces {
      found.append(
        Finding(
          severity: .problem, id: "place-missing", what: "\(SafeText.visible(place)) does not exist",
          why: "The configuration names it under logs, and nothing of it is measured.",
          change: "put the right path into logs, or take it out"))
    }
    for place in facts.unreadable {
      found.append(
        Finding(
          severity: .problem, id: "place-unreadable", what: SafeText.visible(place),
          why: "What is in there is not measured.", change: "let the user that runs ccr-audit read it"))
    }
    return found
  }

  /// Whether the router logs as much as tokens need.
  static func holdsTokens(_ configuration: RouterConfiguration) -> Bool {
    configuration.log && ["debug", "trace"].contains(configuration.logLevel?.lowercased() ?? "debug")
  }

  private func logFinding(_ configuration: RouterConfiguration) -> Finding {
    let change = "in \(config), at the top level: \"LOG\": true, \"LOG_LEVEL\": \"debug\"\nthen: ccr restart"
    guard configuration.log, let level = configuration.logLevel?.lowercased() else {
      return Finding(
        severity: .loss, id: "log-off", what: "the router writes no log (\"LOG\": false)",
        why: "No request is recorded, and no tokens.", change: change)
    }
    let isKnown = ["info", "warn", "error", "fatal", "silent"].contains(level)
    return Finding(
      severity: .loss, id: "log-level",
      what: "the router's log level is \(isKnown ? level : "none that is known"), not debug",
      why: level == "info"
        ? "Requests are recorded, but the tokens of none." : "Neither requests nor their tokens are recorded.",
      change: change)
  }
}
