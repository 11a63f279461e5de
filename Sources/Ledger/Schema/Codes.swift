import Model

/// The codes of words in the ledger: their place in these lists. A list only ever grows at its end.
enum Codes {
  static let routes = [
    "unknown", "default", "background", "think", "longContext", "webSearch", "subagent", "explicit", "direct",
    "default or webSearch",
  ]
  static let sources = ["unknown", "upstream", "router", "client", "estimated"]
  static let failures = ["none", "upstream_http", "connection", "interrupted", "client_gone", "provider_error"]

  /// Why tokens are unknown. What a newer version adds comes last.
  static let reasons = [
    "none", "router_log.passed_through", "router_log.text_without_usage", "router_log.log_level",
    "router_log.without_request_id", "router_log.client_left", "router_log.cut", "router_log.impossible_counts",
    "router_store.all_zero", "router_store.cache_subtracted_twice", "router_store.total_beyond_parts",
    "router_store.client_left", "router_store.cut", "router_store.impossible_counts", "transcript.all_zero",
    "transcript.aborted", "transcript.impossible_counts", "proxy_log.own_estimate", "proxy_log.passed_through",
    "proxy_log.cut", "proxy_log.log_level", "proxy_log.client_left", "proxy_log.impossible_counts",
    "gateway.all_zero", "gateway.own_estimate", "gateway.client_left", "gateway.cut", "gateway.impossible_counts",
    "switch_store.all_zero", "switch_store.client_left", "switch_store.impossible_counts", "transcript.unfinished",
    "switch_store.cut",
  ]
  private static let reasonCodes = Dictionary(uniqueKeysWithValues: reasons.enumerated().map { ($1, $0) })

  /// The code of a reason; `nil` where there is none.
  static func code(_ reason: UnmeasuredReason?) -> Int? { reason.flatMap { reasonCodes[$0.word] } }

  /// The reason of a code; `nil` where there is none, or only a newer version knows it.
  static func reason(_ code: Int64) -> UnmeasuredReason? {
    reasons.indices.contains(Int(code)) ? UnmeasuredReason(word: reasons[Int(code)]) : nil
  }

  private static let routeCodes = codes(Route.self, in: routes)
  private static let sourceCodes = codes(UsageSource.self, in: sources)
  private static let failureCodes = codes(FailureKind.self, in: failures)

  private static func codes<Word: RawRepresentable<String> & CaseIterable & Hashable>(
    _ words: Word.Type, in list: [String]
  ) -> [Word: Int] {
    Dictionary(uniqueKeysWithValues: words.allCases.map { ($0, list.firstIndex(of: $0.rawValue) ?? 0) })
  }

  /// The code of a word, without a search: it is written of every request.
  static func code(_ route: Route) -> Int { routeCodes[route] ?? 0 }
  static func code(_ source: UsageSource) -> Int { sourceCodes[source] ?? 0 }
  static func code(_ failure: FailureKind) -> Int { failureCodes[failure] ?? 0 }

  /// The words of all codes, for whoever reads very many.
  static let routeWords = routes.map { Route(rawValue: $0) ?? .unknown }
  static let sourceWords = sources.map { UsageSource(rawValue: $0) ?? .unknown }
  static let failureWords = failures.map { FailureKind(rawValue: $0) }

  static func word<Word: RawRepresentable<String>>(_ code: Int, in list: [String], or fallback: Word) -> Word {
    list.indices.contains(code) ? Word(rawValue: list[code]) ?? fallback : fallback
  }
}
