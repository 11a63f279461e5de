import Ledger
import Reading
import Model
import Report

/// Whether the tokens of each route can be measured, by the router's configuration.
extension Doctor {
  /// What a model's transformers mean for its tokens in the log.
  private enum UsageInLog: Hashable {
    /// The answer is passed through unread.
    case passthrough
    /// Streams end with usage.
    case withUsage
    /// Streams carry no usage.
    case withoutUsage
    /// Another API, of which it is not known what the log holds.
    case other

    init(_ transformers: Set<String>) {
      let names = Set(transformers.map { $0.lowercased() })
      if names.contains("anthropic") {
        self = .passthrough
      } else if names.contains(where: { $0.contains("gemini") || $0.contains("vertex") }) {
        self = .other
      } else {
        self = names.contains("streamoptions") ? .withUsage : .withoutUsage
      }
    }
  }

  func routeFindings() -> [Finding] {
    guard facts.version != .three, case .found(let configuration) = facts.routerConfig else { return [] }
    let routes = configuration.routes.sorted { $0.key < $1.key }.filter { $0.value.contains(",") }
    var found = routes.filter { _, pair in !configuration.providers.contains { pair.hasPrefix($0.name + ",") } }
      .map { route, pair in
        Finding(
          severity: .problem, id: "route-unknown-provider",
          what: "the route \(Display.text(route)) goes to \(Display.text(pair)), whose provider is not configured",
          why: "The router answers 404; the names of providers are case-sensitive.",
          change: "in \(config), name a provider of \"Providers\" in \"Router\".\(Display.json(route))")
      }
    // Of what goes through another router that one's record tells.
    for provider in configuration.providers where Gateway(url: provider.url) == nil {
      let routed = routes.map(\.value).filter { $0.hasPrefix(provider.name + ",") }
        .map { String($0.dropFirst(provider.name.count + 1)) }
      var models: [String] = []
      for model in provider.models + routed where !models.contains(model) { models.append(model) }
      func usageInLog(_ model: String) -> UsageInLog {
        let usageInLog = UsageInLog(provider.transformers.union(provider.modelTransformers[model] ?? []))
        // Streams that were measured outweigh what a configuration lets one expect: some providers send usage unasked.
        let isMeasured =
          facts.ledger?.oddities.measuredStreams.contains(ModelID(provider: provider.name, model: model)) ?? false
        return usageInLog == .withoutUsage && isMeasured ? .withUsage : usageInLog
      }
      for kind in [UsageInLog.passthrough, .withoutUsage, .withUsage, .other] {
        let lanes = models.filter { usageInLog($0) == kind }.map { model in
          let names = routes.filter { $0.value == "\(provider.name),\(model)" }.map { Display.text($0.key) }
          return "\(Display.text(provider.name))/\(Display.text(model)) "
            + (names.isEmpty ? "(no route)" : "(\(names.joined(separator: ", ")))")
        }
        // Of a log that holds no tokens at all there is a finding already.
        if kind == .withUsage && !Self.holdsTokens(configuration) { continue }
        if !lanes.isEmpty { found.append(finding(kind, lanes.joined(separator: ", "), provider)) }
      }
    }
    return found
  }

  private func finding(_ kind: UsageInLog, _ lanes: String, _ provider: RouterConfiguration.Provider) -> Finding {
    switch kind {
    case .passthrough: return passthrough(lanes)
    case .withoutUsage:
      let fragment =
        provider.transformers.isEmpty
        ? "\"transformer\": {\"use\": [\"streamoptions\"]}"
        : "\"streamoptions\" at the end of \"transformer\".\"use\": [ … what is there …, \"streamoptions\" ]"
      return Finding(
        severity: .loss, id: "route-no-usage", what: "\(lanes): streams come without usage",
        why:
          "Without the streamoptions transformer the provider sends no tokens with a stream; neither the log nor the "
          + "client's transcript ever holds them.",
        change: "in \(config), to {\"name\": \(Display.json(provider.name)), …} of \"Providers\" add\n  \(fragment)\n"
          + "then: ccr restart")
    case .withUsage:
      return Finding(
        severity: .advice, id: "route-usage-mostly", what: "\(lanes): tokens are mostly in the log",
        why:
          "Not where usage comes in the last network read together with the end of the stream: the router has stopped "
          + "reading then. `ccr-audit report` counts those as unknown.",
        change: "none in 1.x and 2.x; claude-code-router 3.x records them all")
    case .other:
      return Finding(
        severity: .advice, id: "route-other-api", what: "\(lanes): whether tokens reach the log is not known",
        why: "The route speaks neither Anthropic's nor OpenAI's API.",
        change: "look at what `ccr-audit report` counts as unknown")
    }
  }

  /// The log never holds such tokens, but the client's transcripts do.
  private func passthrough(_ lanes: String) -> Finding {
    let what = "\(lanes): Anthropic passthrough, whose tokens are never in the router's log"
    let files = facts.transcripts.flatMap(\.files)
    guard let newest = files.max(by: { $0.modified < $1.modified }) else {
      let places = facts.transcripts.map { SafeText.visible($0.folder) }.joined(separator: ", ")
      return Finding(
        severity: .loss, id: "route-passthrough", what: what + "; no Claude Code transcript was found",
        why: "The client's transcripts are the only record of these tokens. None is in \(places).",
        change: "in ccr-audit's configuration, add the projects folder of the machine where Claude Code runs: "
          + "logs: […, PATH/.claude/projects]")
    }
    let size = files.reduce(0) { $0 + $1.size }
    let pending = files.reduce(0) { $0 + $1.pending }
    guard (facts.ledger?.oddities.answers ?? 0) > 0, pending < size else {
      return Finding(
        severity: .problem, id: "route-passthrough",
        what: what + "; \(Figures.count(files.count, "transcript")) of Claude Code hold them, none is ingested",
        why: "The client's transcripts are the only record of these tokens, and are deleted after a while.",
        change: ingest(newest.path))
    }
    return Finding(
      severity: .fine, id: "route-passthrough",
      what: what + "; \(Figures.count(files.count, "transcript")) of Claude Code fill them in",
      why: pending == 0 ? "All of it is ingested." : "All but \(Display.bytes(pending)) is ingested.")
  }
}
