@testable import Audit
import Pricing
import TestPrices
import Testing
import Model

@Suite struct Calibrations {
  /// A sample as the test computes with it.
  struct Sample {
    var bytes: Int64
    var tokens: Int64
    var ratio: Double { Double(tokens) / Double(bytes) }
  }

  /// Leave-one-out as it is defined: for each sample a new ratio from all others.
  static func errors(_ samples: [Sample], _ ratio: ([Sample]) -> Double) -> (median: Double, p90: Double) {
    let errors = samples.indices.map { index in
      var others = samples
      let left = others.remove(at: index)
      return abs(ratio(others) * Double(left.bytes) - Double(left.tokens)) / Double(left.tokens)
    }.sorted()
    return (median(errors), errors[Int((0.9 * Double(errors.count)).rounded(.up)) - 1])
  }

  static func median(_ sorted: [Double]) -> Double {
    (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  static func ofSums(_ samples: [Sample]) -> Double {
    Double(samples.map(\.tokens).reduce(0, +)) / Double(samples.map(\.bytes).reduce(0, +))
  }

  static func ofMedian(_ samples: [Sample]) -> Double { median(samples.map(\.ratio).sorted()) }

  static func samples(_ prompts: [Sample], _ answers: [Sample]) -> CalibrationSamples {
    var samples = CalibrationSamples()
    for index in 0..<max(prompts.count, answers.count) {
      let (prompt, answer) = (prompts.dropFirst(index).first, answers.dropFirst(index).first)
      samples.add(
        ByteRecord(
          model: .minimax, promptBytes: prompt?.bytes, answerBytes: answer?.bytes,
          tokens: TokenUsage(input: prompt?.tokens ?? 0, output: answer?.tokens ?? 0)))
    }
    return samples
  }

  static func random(
    _ count: Int, ratio: Double, noise: Double, outliers: Int = 0, _ numbers: inout SeededNumbers
  ) -> [Sample] {
    (0..<count).map { index in
      let bytes = Int64.random(in: 2000...400_000, using: &numbers)
      let off = Double.random(in: 1 - noise...1 + noise, using: &numbers) * (index < outliers ? 12 : 1)
      return Sample(bytes: bytes, tokens: max(1, Int64(Double(bytes) * ratio * off)))
    }
  }

  static let steady = (0..<40).map { Sample(bytes: 4000 + 40 * $0, tokens: 1000 + 10 * $0) }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func theErrorIsThatOfLeavingEachOutAndTheBetterMethodWins(seed: UInt64) throws {
    var numbers = SeededNumbers(seed)
    let outliers = Int(seed % 3) * 3
    let prompts = Self.random(30 + Int(seed), ratio: 0.27, noise: 0.2, outliers: outliers, &numbers)
    let answers = Self.random(31 + Int(seed), ratio: 0.013, noise: 0.3, &numbers)
    let calibration = try Self.samples(prompts, answers).calibration()
    for (ratio, samples, known) in [(calibration.input, prompts, 0.27), (calibration.output, answers, 0.013)] {
      let (sums, median) = (Self.errors(samples, Self.ofSums), Self.errors(samples, Self.ofMedian))
      let best = min(sums.median, median.median)
      let expected = ratio.method == .sums ? sums : median
      #expect(abs(expected.median - best) < 1e-5)
      #expect(abs(Double(ratio.error.median.millionths) / 1e6 - expected.median) < 1e-5)
      #expect(abs(Double(ratio.error.p90.millionths) / 1e6 - expected.p90) < 1e-5)
      #expect(ratio.requests == samples.count)
      let found = Double(ratio.billionths) / 1e9
      #expect(abs(found - (ratio.method == .sums ? Self.ofSums : Self.ofMedian)(samples)) < 1e-8)
      #expect(abs(found / known - 1) < 0.15)
    }
    // A few prompts of another kind pull the sums, not the median.
    if outliers > 0 { #expect(calibration.input.method == .median) }
  }

  @Test func fewerThanThirtyOnEitherSideAreRefused() throws {
    #expect(throws: CalibrationRefusal.tooFew(.input, requests: 29)) {
      try Self.samples(Array(Self.steady.prefix(29)), Self.steady).calibration()
    }
    #expect(throws: CalibrationRefusal.tooFew(.output, requests: 29)) {
      try Self.samples(Self.steady, Array(Self.steady.prefix(29))).calibration()
    }
    _ = try Self.samples(Array(Self.steady.prefix(30)), Array(Self.steady.prefix(30))).calibration()
    #expect(throws: CalibrationRefusal.tooFew(.input, requests: 0)) { try CalibrationSamples().calibration() }
  }

  @Test func requestsWithoutBytesOrTokensOrBeyondBeliefDoNotCount() throws {
    var samples = Self.samples(Array(Self.steady.prefix(30)), Array(Self.steady.prefix(30)))
    let before = try samples.calibration()
    for tokens in [TokenUsage.zero, TokenUsage(input: .max, output: .max), TokenUsage(input: -1, output: 5)] {
      samples.add(ByteRecord(model: .minimax, promptBytes: 10, answerBytes: 10, tokens: tokens))
    }
    for bytes in [nil, 0, -1, Int64.max] {
      samples.add(
        ByteRecord(model: .minimax, promptBytes: bytes, answerBytes: bytes, tokens: TokenUsage(input: 1, output: 1)))
    }
    #expect(try samples.calibration() == before)
    // The greatest that is believed overflows nothing.
    let limit = ByteSample.limit
    for _ in 0..<100 {
      samples.add(
        ByteRecord(
          model: .minimax, promptBytes: 1, answerBytes: 1, tokens: TokenUsage(input: limit, output: limit)))
      samples.add(
        ByteRecord(
          model: .minimax, promptBytes: limit, answerBytes: limit, tokens: TokenUsage(input: 1, output: 1)))
    }
    #expect(throws: CalibrationRefusal.self) { try samples.calibration() }
    #expect(before.tokens(promptBytes: .max, answerBytes: .max).output > 0)
  }

  @Test func aMedianErrorJustAboveAQuarterIsRefused() throws {
    var nearest = (accepted: 0.0, refused: 1.0)
    for step in 0...200 {
      let spread = 0.2 + Double(step) / 2000
      let wild = (0..<40).map { index in
        Sample(bytes: 1_000_000, tokens: Int64(1_000_000 * (index.isMultiple(of: 2) ? 1 - spread : 1 + spread)))
      }
      let error = min(Self.errors(wild, Self.ofSums).median, Self.errors(wild, Self.ofMedian).median)
      do {
        _ = try Self.samples(wild, Self.steady).calibration()
        #expect(error < 0.250002)
        nearest.accepted = max(nearest.accepted, error)
      } catch CalibrationRefusal.tooUncertain(let side, let median) {
        #expect(side == .input)
        #expect(error > 0.249998)
        #expect(abs(Double(median.millionths) / 1e6 - error) < 1e-5)
        nearest.refused = min(nearest.refused, error)
      }
    }
    #expect(nearest.accepted > 0.248)
    #expect(nearest.refused < 0.252)
  }

  @Test func anEstimatedPromptIsSplitAsTheMeasuredOnesAre() throws {
    var samples = CalibrationSamples()
    for index in 1...30 as ClosedRange<Int64> {
      samples.add(
        ByteRecord(
          model: .glm, promptBytes: 4000 * index, answerBytes: 900,
          tokens: TokenUsage(
            input: 500 * index, cacheRead: 300 * index, cacheWrite5m: 150 * index, cacheWrite1h: 50 * index, output: 9)
        ))
    }
    let calibration = try samples.calibration()
    #expect(calibration.error.p90 == Ratio(millionths: 0))
    #expect(
      calibration.tokens(promptBytes: 40_000, answerBytes: 10_000)
        == TokenUsage(input: 5000, cacheRead: 3000, cacheWrite5m: 1500, cacheWrite1h: 500, output: 100))
    for bytes in 1...500 as ClosedRange<Int64> {
      let tokens = calibration.tokens(promptBytes: bytes, answerBytes: 0)
      #expect(tokens.prompt == (bytes + 2) / 4)
      #expect(TokenClass.allCases.allSatisfy { tokens[$0] >= 0 })
    }
  }
}
