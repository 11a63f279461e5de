/// What generated data sums up to, by its generator's own count.
package struct Truth: Codable, Equatable, Sendable {
  /// The generators' version: data of another one is made anew.
  package static let currentVersion = 1

  /// What one day and model sum up to.
  package struct Row: Codable, Equatable, Sendable {
    /// The UTC day, YYYY-MM-DD.
    package var day: String
    package var provider: String
    package var model: String
    package var figures: Figures
  }

  package var version = Truth.currentVersion
  /// The bytes of all files.
  package var bytes = 0
  package var files = 0
  /// The bytes of the longest line.
  package var longestLine = 0
  package var rows: [Row] = []

  package var requests: Int { rows.reduce(0) { $0 + $1.figures.requests } }

  /// The sums of days by `provider/model`.
  /// - Parameter days: YYYY-MM-DD, both inclusive; `nil` for all.
  package func totals(_ days: ClosedRange<String>? = nil) -> [String: Figures] {
    var totals: [String: Figures] = [:]
    for row in rows where days?.contains(row.day) ?? true {
      totals["\(row.provider)/\(row.model)", default: Figures()] += row.figures
    }
    return totals
  }

  /// Both together.
  package static func + (left: Truth, right: Truth) -> Truth {
    var sum = left
    sum.bytes += right.bytes
    sum.files += right.files
    sum.longestLine = max(left.longestLine, right.longestLine)
    sum.rows += right.rows
    return sum
  }
}

/// Counts and sums; tokens are those of measured requests.
package struct Figures: Codable, Equatable, Sendable {
  package var requests = 0
  package var measured = 0
  package var failed = 0
  package var input = 0
  package var cacheRead = 0
  package var cacheWrite5m = 0
  package var cacheWrite1h = 0
  package var output = 0
  /// Picodollars; `nil` where the generator has no price of its own.
  package var cost: Int128?

  package init() {}

  package static func += (left: inout Figures, right: Figures) {
    left.requests += right.requests
    left.measured += right.measured
    left.failed += right.failed
    left.input += right.input
    left.cacheRead += right.cacheRead
    left.cacheWrite5m += right.cacheWrite5m
    left.cacheWrite1h += right.cacheWrite1h
    left.output += right.output
    if let cost = right.cost { left.cost = (left.cost ?? 0) + cost }
  }
}

/// Gathers a truth while data is written.
struct TruthBook {
  private struct Key: Hashable {
    var day: Int
    var model: String
  }

  private var figures: [Key: Figures] = [:]

  /// Adds a request.
  /// - Parameters:
  ///   - model: `provider,model`, as the router's log names it.
  ///   - time: epoch milliseconds.
  mutating func add(_ request: Figures, _ model: String, at time: Int) {
    figures[Key(day: time / 86_400_000, model: model), default: Figures()] += request
  }

  func truth(bytes: Int, files: Int, longestLine: Int) -> Truth {
    let rows = figures.map { key, figures in
      let names = key.model.split(separator: ",", maxSplits: 1)
      return Truth.Row(
        day: String(Stamp.text(key.day * 86_400_000).prefix(10)), provider: String(names[0]), model: String(names[1]),
        figures: figures)
    }
    return Truth(
      bytes: bytes, files: files, longestLine: longestLine,
      rows: rows.sorted { ($0.day, $0.provider, $0.model) < ($1.day, $1.provider, $1.model) })
  }
}
