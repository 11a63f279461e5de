package import Foundation

/// Compares what the program or a peer found with the truth.
package enum Comparison {
  /// What differs between `report --format json` and the truth, a sentence each.
  /// - Parameter truth: by `provider/model`.
  /// - Throws: `DecodingError`, when the text is no report.
  package static func differences(_ truth: [String: Figures], report: Data) throws -> [String] {
    let report = try JSONDecoder().decode(Report.self, from: report)
    return differences(truth, Dictionary(report.models.map { ($0.name, $0.figures) }) { $1 })
  }

  /// What differs, a sentence each. A cost that the truth does not know is not compared.
  package static func differences(_ truth: [String: Figures], _ found: [String: Figures]) -> [String] {
    Set(truth.keys).union(found.keys).sorted().compactMap { name in
      guard let expected = truth[name] else { return "\(name): not in the data" }
      guard var figures = found[name] else { return "\(name): not found" }
      if expected.cost == nil { figures.cost = nil }
      return figures == expected ? nil : "\(name): expected \(expected), found \(figures)"
    }
  }

  /// What differs between a peer's lines, `model,input,cached,output`, and the truth.
  package static func differences(_ truth: [String: Figures], peer: String) -> [String] {
    var expected: [Substring: [Int]] = [:]
    for (name, figures) in truth where figures.measured > 0 {
      guard let model = name.split(separator: "/").last else { continue }
      expected[model] = [figures.input, figures.cacheRead, figures.output]
    }
    var found: [Substring: [Int]] = [:]
    for line in peer.split(separator: "\n") {
      let cells = line.split(separator: ",")
      found[cells[0]] = cells.dropFirst().compactMap { Int($0) }
    }
    return expected == found ? [] : ["expected \(expected), found \(found)"]
  }

  /// The parts of a report that are compared.
  private struct Report: Decodable {
    struct Model: Decodable {
      struct Tokens: Decodable {
        var input, cacheRead, cacheWrite5m, cacheWrite1h, output: Int

        enum CodingKeys: String, CodingKey {
          case input, output
          case cacheRead = "cache_read"
          case cacheWrite5m = "cache_write_5m"
          case cacheWrite1h = "cache_write_1h"
        }
      }

      var provider, model: String
      var requests, measured, failed: Int
      var tokens: Tokens
      var cost: String?

      enum CodingKeys: String, CodingKey {
        case provider, model, requests, measured, failed, tokens
        case cost = "cost_usd"
      }

      var name: String { "\(provider)/\(model)" }

      var figures: Figures {
        var figures = Figures()
        (figures.requests, figures.measured, figures.failed) = (requests, measured, failed)
        (figures.input, figures.cacheRead) = (tokens.input, tokens.cacheRead)
        (figures.cacheWrite5m, figures.cacheWrite1h) = (tokens.cacheWrite5m, tokens.cacheWrite1h)
        figures.output = tokens.output
        figures.cost = cost.flatMap(Comparison.picodollars)
        return figures
      }
    }

    var models: [Model]
  }

  /// Exact dollars, such as `0.00336`, in picodollars; `nil` for what is finer than that or no number.
  static func picodollars(_ dollars: String) -> Int128? {
    let parts = dollars.split(separator: ".", omittingEmptySubsequences: false)
    guard let whole = parts.first, parts.count <= 2 else { return nil }
    let fraction = parts.count == 2 ? parts[1] : ""
    guard fraction.utf8.count <= 12 else { return nil }
    return Int128(whole + fraction + String(repeating: "0", count: 12 - fraction.utf8.count))
  }
}
