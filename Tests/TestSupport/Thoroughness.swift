package import Foundation

/// How much a run of these tests tries. `CCR_AUDIT_THOROUGH=1` takes every seed and whole fixtures, which is minutes
/// without optimisation; else a few seeds and the fixtures' first lines must do.
package enum Thoroughness {
  package static let isFull = ProcessInfo.processInfo.environment["CCR_AUDIT_THOROUGH"] == "1"

  /// The seeds of a property: how many a full run takes, and how many any other.
  package static func seeds(_ all: Int, few: Int = 1) -> Range<Int> { 0..<(isFull ? all : min(few, all)) }

  /// The same with seeds that any run takes.
  package static func seeds(_ all: Int, few: Int, and always: [Int]) -> [Int] {
    let seeds = seeds(all, few: few)
    return seeds + always.filter { !seeds.contains($0) }
  }

  /// As much of a fixture as is tried: whole lines.
  package static func part(of data: Data, bytes: Int = 60_000) -> Data {
    guard !isFull, data.count > bytes, let end = data[(data.startIndex + bytes)...].firstIndex(of: 10) else {
      return data
    }
    return Data(data[...end])
  }
}
