import BuiltInPrices
import Foundation
import Pricing
import Model

/// Epoch milliseconds of an ISO time, by Foundation's own parser.
func time(_ text: String) throws -> Int64 {
  Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970) * 1000
}

/// Rates from decimals.
func rates(
  _ input: String, _ output: String, _ cacheRead: String? = nil, _ write5m: String? = nil, _ write1h: String? = nil
) throws -> Rates {
  func rate(_ text: String?) -> Rate? { text.flatMap { Rate(decimalPerMillion: $0) } }
  guard let input = rate(input), let output = rate(output) else { throw PricingError.invalid([]) }
  return Rates(
    input: input, output: output, cacheRead: rate(cacheRead), cacheWrite5m: rate(write5m), cacheWrite1h: rate(write1h))
}

/// A table of the texts of files.
func table(_ texts: String...) throws -> PriceTable {
  try PriceTable.load(files: texts.enumerated().map { PricingFile(name: "file\($0).yaml", text: $1) })
}

/// Cost of one request by the table; `nil` where it is not billed by the token.
func cost(_ table: PriceTable, _ model: String, at instant: String, _ usage: TokenUsage) throws -> String? {
  guard let model = ModelID(model),
    case .perToken(let price) = table.answer(for: model, at: try time(instant), prompt: usage.prompt)
  else { return nil }
  return price.rates.cost(of: usage).description
}

/// The repository's own folder.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// The table within the program, read once: in a build without optimisation that is not cheap.
let shipped: PriceTable = {
  do {
    return try PriceTable.embedded()
  } catch {
    fatalError("\(error)")
  }
}()

/// The files of pricing/.
func shippedFiles() throws -> [PricingFile] {
  try PriceTable.files(ofFolder: repository.appendingPathComponent("pricing").path)
}
