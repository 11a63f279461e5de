package import Model

/// Measured requests of one model, as calibration needs them.
package struct CalibrationSamples: Sendable {
  private var whole = KindSamples()
  private var kinds: [RequestKind: KindSamples] = [:]

  package init() {}

  /// Takes a measured request in. A side without bytes or without tokens says nothing of how many a byte holds.
  package mutating func add(_ record: ByteRecord) {
    guard ByteSample.isBelievable(record.tokens) else { return }
    whole.add(record)
    kinds[record.kind, default: KindSamples()].add(record)
  }

  /// What all requests of the model show.
  package func calibration() throws(CalibrationRefusal) -> Calibration { try whole.calibration() }

  /// What stands for requests of a kind: their like, where enough of them are measured; else the model as a whole, where
  /// the few that are measured agree with it.
  func basis(of kind: RequestKind) throws(CalibrationRefusal) -> CalibrationBasis {
    let own = kinds[kind]
    if let own, own.isEnough { return CalibrationBasis(kind: kind, calibration: try own.calibration(), samples: own) }
    let calibration = try whole.calibration()
    guard kinds.contains(where: { $0.key.route == kind.route }) else { throw .routeUnmeasured(kind.route) }
    guard let own, own.agrees(with: calibration) else {
      throw .routeDiffers(kind.route, requests: own?.requests ?? 0)
    }
    return CalibrationBasis(kind: nil, calibration: calibration, samples: whole)
  }
}

/// What requests of a kind are estimated by.
struct CalibrationBasis {
  /// `nil` for the model as a whole.
  var kind: RequestKind?
  var calibration: Calibration
  var samples: KindSamples
}

/// Measured requests that are alike.
struct KindSamples {
  private var input: [ByteSample] = []
  private var output: [ByteSample] = []
  private var prompt = TokenUsage.zero
  private var inputBytes: ClosedRange<Int64>?
  private var outputBytes: ClosedRange<Int64>?
  /// Those of which both sides are known; of very many every second, fourth, and so on.
  private(set) var donors: [Donor] = []
  private var step = 1
  private var seen = 0

  /// As many as say all that there is to say of how requests differ.
  private static let maximumDonors = 4000

  mutating func add(_ record: ByteRecord) {
    let tokens = record.tokens
    let (sample, answer) = (
      ByteSample(bytes: record.promptBytes, tokens: tokens.prompt),
      ByteSample(bytes: record.answerBytes, tokens: tokens.output)
    )
    func widened(_ range: ClosedRange<Int64>?, _ bytes: Int64) -> ClosedRange<Int64> {
      range.map { min($0.lowerBound, bytes)...max($0.upperBound, bytes) } ?? bytes...bytes
    }
    if let sample, let bytes = record.promptBytes {
      input.append(sample)
      prompt += tokens
      inputBytes = widened(inputBytes, bytes)
    }
    if let answer, let bytes = record.answerBytes {
      output.append(answer)
      outputBytes = widened(outputBytes, bytes)
    }
    guard sample != nil, answer != nil, let bytes = record.promptBytes, let answerBytes = record.answerBytes else {
      return
    }
    seen += 1
    guard seen % step == 0 else { return }
    donors.append(Donor(session: record.session, promptBytes: bytes, answerBytes: answerBytes, tokens: tokens))
    if donors.count >= 2 * Self.maximumDonors {
      donors = donors.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
      step *= 2
    }
  }

  var requests: Int { min(input.count, output.count) }
  var isEnough: Bool { requests >= Calibration.minimumRequests }

  func calibration() throws(CalibrationRefusal) -> Calibration {
    for (side, samples) in [(CalibrationSide.input, input), (.output, output)]
    where samples.count < Calibration.minimumRequests {
      throw .tooFew(side, requests: samples.count)
    }
    let calibration = Calibration(input: .best(of: input), output: .best(of: output), prompt: prompt)
    for (side, ratio) in [(CalibrationSide.input, calibration.input), (.output, calibration.output)]
    where ratio.error.median > Calibration.maximumError {
      throw .tooUncertain(side, median: ratio.error.median)
    }
    return calibration
  }

  /// Whether requests are as long as the measured ones: beyond them nobody knows how bytes and tokens go together.
  func holds(promptBytes: Int64, answerBytes: Int64) -> Bool {
    inputBytes?.contains(promptBytes) ?? false && outputBytes?.contains(answerBytes) ?? false
  }

  /// Whether a few requests are like those of a calibration: their tokens together within a tenth of its estimate, and the
  /// share that caches served within a tenth of all.
  func agrees(with calibration: Calibration) -> Bool {
    func isNear(_ samples: [ByteSample], _ ratio: TokenRatio) -> Bool {
      let tokens = samples.reduce(0) { $0 + $1.tokens } * ByteSample.unit
      let estimate = samples.reduce(0) { $0 + $1.bytes } * ratio.billionths
      return (estimate - tokens).magnitude * 10 <= tokens.magnitude
    }
    func served(_ prompt: TokenUsage) -> Double { Double(prompt.cacheRead) / Double(max(1, prompt.prompt)) }
    return requests >= 5 && isNear(input, calibration.input) && isNear(output, calibration.output)
      && abs(served(prompt) - served(calibration.prompt)) <= 0.1
  }
}

/// A measured request that may stand for one that is not.
struct Donor: Hashable {
  var session: Int64?
  var promptBytes: Int64
  var answerBytes: Int64
  var tokens: TokenUsage

  /// An order of values alone, so that it does not matter in which order requests were read.
  var order: (Int64, Int64, Int64, Int64, Int64) {
    (session ?? -1, promptBytes, answerBytes, tokens.total, tokens.cacheRead)
  }

  /// The tokens of a request of other sizes, were it like this one.
  func tokens(promptBytes: Int64, answerBytes: Int64) -> TokenUsage {
    func scaled(_ count: Int64, _ bytes: Int64, over own: Int64) -> Int64 {
      Int64(clamping: (Int128(count) * Int128(bytes) + Int128(own) / 2) / Int128(own))
    }
    func prompt(_ count: Int64) -> Int64 { scaled(count, promptBytes, over: self.promptBytes) }
    return TokenUsage(
      input: prompt(tokens.input), cacheRead: prompt(tokens.cacheRead), cacheWrite5m: prompt(tokens.cacheWrite5m),
      cacheWrite1h: prompt(tokens.cacheWrite1h), output: scaled(tokens.output, answerBytes, over: self.answerBytes))
  }
}
