import Reading
import Model

/// Makes requests of answers that no router's record describes: a Claude model's went to Anthropic itself; of any other
/// the record is gone.
struct UnroutedModels {
  private let provider: ProviderNaming
  private var known: [Key: Model] = [:]

  private struct Key: Hashable {
    /// The word of the model.
    var word: Int64
    var variant: CallVariant
  }

  /// What an answer's model counts as.
  private struct Model {
    /// In the ledger, once asked for.
    var id: Int64?
    var name: ModelID
    var variant: CallVariant
    var route: Route
  }

  /// - Parameter provider: names the provider of a bare model name, where configuration or prices can.
  init(provider: @escaping ProviderNaming) { self.provider = provider }

  /// Writes the request of an answer, of which there must be none yet.
  /// - Parameters:
  ///   - model: the word of its model.
  ///   - message: its row.
  mutating func insert(
    _ answer: TranscriptMessage, model word: Int64, session: Int64, message: Int64, into rows: inout RequestRows
  ) throws {
    let (request, model) = try request(of: answer, model: word, &rows)
    try rows.insert(answer: request, model: model, session: session, message: message)
  }

  /// Writes the request of an answer, of which there must be none yet.
  mutating func insert(_ answer: ClientAnswer, into rows: inout RequestRows) throws {
    let (request, model) = try request(of: answer, &rows)
    try rows.insert(answer: request, model: model, session: answer.session, message: answer.id)
  }

  /// The request that an answer becomes, and the number of its model.
  mutating func request(of answer: ClientAnswer, _ rows: inout RequestRows) throws -> (RoutedRequest, model: Int64) {
    var message = answer.message
    // Nobody knows which part of its prompt a cache served.
    if answer.isSplitUnknown { message.variant.isSplitUnknown = true }
    return try request(of: message, model: answer.model, &rows)
  }

  private mutating func request(
    of answer: TranscriptMessage, model word: Int64, _ rows: inout RequestRows
  ) throws -> (RoutedRequest, model: Int64) {
    var model = try model(of: answer, word)
    let id = try model.id ?? rows.id(of: model.name, model.variant)
    if model.id == nil {
      model.id = id
      known[Key(word: word, variant: answer.variant)] = model
    }
    var request = RoutedRequest(
      model: model.name, started: answer.time, ended: answer.time, route: model.route, usage: answer.measured,
      usageSource: answer.measured == nil ? .unknown : .client, variant: model.variant)
    request.reason = answer.reason
    if answer.webSearches > 0 { request.webSearches = answer.webSearches }
    return (request, id)
  }

  /// Whether a Claude model answered.
  /// - Parameter word: the word of the model.
  mutating func isClaude(_ answer: TranscriptMessage, model word: Int64) throws -> Bool {
    try model(of: answer, word).route == .direct
  }

  private mutating func model(of answer: TranscriptMessage, _ word: Int64) throws -> Model {
    let key = Key(word: word, variant: answer.variant)
    if let model = known[key] { return model }
    let isClaude = answer.model.lowercased().hasPrefix("claude")
    var variant = answer.variant
    variant.isAssumed = true
    let model = Model(
      name: ModelID(provider: isClaude ? "anthropic" : try provider(answer.model) ?? "unknown", model: answer.model),
      variant: variant, route: isClaude ? .direct : .unknown)
    known[key] = model
    return model
  }
}
