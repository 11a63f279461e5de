import RouterLogs
import Usage

/// Makes requests of answers that no router's record tells of: a Claude model's went to Anthropic itself; of any other
/// the record is gone.
struct UnroutedModels {
  private let provider: (String) -> String?
  private var known: [Int64: (id: Int64, name: ModelID, route: Route)] = [:]

  /// - Parameter provider: names the provider of a bare model name, where configuration or prices can.
  init(provider: @escaping (String) -> String?) { self.provider = provider }

  /// Writes the request of an answer, of which there must be none yet.
  /// - Parameters:
  ///   - model: the word of its model.
  ///   - message: its row.
  mutating func insert(
    _ answer: TranscriptMessage, model word: Int64, session: Int64, message: Int64, into rows: inout RequestRows
  ) throws {
    let model: (id: Int64, name: ModelID, route: Route)
    if let found = known[word] {
      model = found
    } else {
      let isClaude = answer.isOfClaude
      let name = ModelID(
        provider: isClaude ? "anthropic" : provider(answer.model) ?? "unknown", model: answer.model)
      model = (try rows.id(of: name), name, isClaude ? .direct : .unknown)
      known[word] = model
    }
    try rows.insert(
      answer: RoutedRequest(
        model: model.name, started: answer.time, ended: answer.time, route: model.route, usage: answer.usage,
        usageSource: answer.usage == nil ? .unknown : .client),
      model: model.id, session: session, message: message)
  }
}

extension TranscriptMessage {
  /// Whether a Claude model answered.
  var isOfClaude: Bool { model.utf8.count >= 6 && model.prefix(6).lowercased() == "claude" }
}
