import Model

/// A project whose price list can be imported.
package enum PriceSource: String, CaseIterable, Sendable {
  /// BerriAI/litellm, `model_prices_and_context_window.json`.
  case litellm
  /// models.dev, `api.json`.
  case modelsDev = "models.dev"
  /// OpenRouter's answer to `GET /api/v1/models`.
  case openRouter = "openrouter"
  /// simonw/llm-prices, `current-v1.json` or `historical-v1.json`.
  case llmPrices = "llm-prices"
  /// pydantic/genai-prices, `prices/data.json` in any of its versions.
  case genAIPrices = "genai-prices"

  /// Whether its format has rates for long prompts. Where it has none, silence says nothing.
  var statesTiers: Bool { self != .llmPrices }

  /// Whether its format has rates by the hour.
  var statesHours: Bool { self == .genAIPrices || self == .litellm }

  /// Whether its hours are those of days of the week.
  var statesDays: Bool { self == .litellm }

  fileprivate func listings(_ root: JSONValue, _ line: (JSONValue) -> Int) -> [Listing]? {
    switch self {
    case .litellm: LiteLLMPrices.listings(root, line)
    case .modelsDev: ModelsDevPrices.listings(root, line)
    case .openRouter: OpenRouterPrices.listings(root, line)
    case .llmPrices: LLMPrices.listings(root, line)
    case .genAIPrices: GenAIPrices.listings(root, line)
    }
  }
}

/// What a project's file lists.
package struct PriceList: Sendable {
  /// Whose file it is.
  package let source: PriceSource
  /// The file, as its user named it.
  package let file: String
  /// The models, in the file's order.
  package let listings: [Listing]

  /// The largest file that is believed to be a price list, bytes: the largest of today has 4 MB.
  package static let largestFile = 64 << 20

  /// Reads a file's content.
  /// - Throws: `ImportFault` with the place, where it is no JSON, too large, or no list of that project.
  package init(_ bytes: [UInt8], of source: PriceSource, file: String) throws(ImportFault) {
    guard bytes.count <= Self.largestFile else {
      throw ImportFault("\(file) is larger than \(Self.largestFile >> 20) MiB, which no price list is")
    }
    let root: JSONValue
    do throws(JSONValue.Fault) {
      root = try JSONValue(parsing: bytes)
    } catch {
      let before = bytes.prefix(error.offset)
      let line = before.count { $0 == 0x0A } + 1
      let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
      throw ImportFault("\(file):\(line):\(column): this is no JSON: \(error.message)")
    }
    let breaks = bytes.indices.filter { bytes[$0] == 0x0A }
    let found = source.listings(root) { value in breaks.partitioningIndex { $0 >= value.offset } + 1 }
    guard let found, !found.isEmpty else {
      throw ImportFault("\(file):1:1: this is no price list of \(source.rawValue)")
    }
    self.source = source
    self.file = file
    listings = found
  }
}
