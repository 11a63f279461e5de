import BenchmarkKit
import Foundation
import Testing

struct ComparisonTests {
  private func report(output: Int = 1000, cost: String = "\"0.00336\"", extra: String = "") -> Data {
    Data(
      """
      {"models": [{"provider": "minimax", "model": "MiniMax-M2.7", "requests": 2, "measured": 1, "failed": 0,
        "tokens": {"input": 10000, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0, "output": \(output),
        "reasoning": 0}, "cost_usd": \(cost)}\(extra)]}
      """.utf8)
  }

  /// The specification's worked example, and a request whose tokens nobody knows.
  private var truth: [String: Figures] {
    var figures = Figures()
    (figures.requests, figures.measured) = (2, 1)
    (figures.input, figures.output, figures.cost) = (10_000, 1000, 3_360_000_000)
    return ["minimax/MiniMax-M2.7": figures]
  }

  @Test func theSameIsNoDifference() throws {
    #expect(try Comparison.differences(truth, report: report()) == [])
  }

  @Test func eachDifferenceIsNamed() throws {
    #expect(try Comparison.differences(truth, report: report(output: 999)).count == 1)
    #expect(try Comparison.differences(truth, report: report(cost: "\"0.003360000001\"")).count == 1)
    #expect(try Comparison.differences(truth, report: report(cost: "null")).count == 1)
    #expect(
      try Comparison.differences(truth, report: Data(#"{"models": []}"#.utf8)) == ["minimax/MiniMax-M2.7: not found"])
    #expect(try Comparison.differences([:], report: report()) == ["minimax/MiniMax-M2.7: not in the data"])
    #expect(throws: DecodingError.self) { try Comparison.differences(truth, report: Data("{}".utf8)) }
  }

  @Test func aCostThatTheTruthDoesNotKnowIsNotCompared() throws {
    var truth = truth
    truth["minimax/MiniMax-M2.7"]?.cost = nil
    #expect(try Comparison.differences(truth, report: report(cost: "\"7\"")) == [])
  }

  @Test func peersAreComparedByTheirMeasuredModels() {
    #expect(Comparison.differences(truth, peer: "MiniMax-M2.7,10000,0,1000\n") == [])
    #expect(Comparison.differences(truth, peer: "MiniMax-M2.7,10000,1,1000\n").count == 1)
    #expect(Comparison.differences(truth, peer: "").count == 1)
  }
}
