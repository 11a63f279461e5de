@testable import Audit
import Foundation
import Model
import Pricing
import TestPrices
import Testing

/// What the stated interval is worth: worlds of sessions are made up, a part of their requests goes missing in the ways in
/// which usage does, and the truth has to lie inside as often as is said.
struct EstimateIntervalTests {
  /// How usage goes missing, and what is special about the world.
  enum Case: String, CaseIterable {
    case atRandom, bySession, withCaches, withCachesBySession, withImages, byRoute
  }

  private struct Request {
    var session: Int64
    var kind: RequestKind
    var promptBytes: Int64
    var answerBytes: Int64
    var tokens: TokenUsage
    var isMissing: Bool
  }

  private static let isThorough = ProcessInfo.processInfo.environment["CCR_AUDIT_THOROUGH"] == "1"

  private static let noon = Int64.at(2026, 6, 24, hour: 12)

  /// A number of a normal distribution, by the method of Box and Muller.
  private static func normal(_ numbers: inout SeededNumbers) -> Double {
    let (one, other) = (Double.random(in: 1e-9..<1, using: &numbers), Double.random(in: 0..<1, using: &numbers))
    return (-2 * log(one)).squareRoot() * cos(2 * .pi * other)
  }

  private static func world(_ kind: Case, _ numbers: inout SeededNumbers) -> [Request] {
    let hasCaches = [.withCaches, .withCachesBySession].contains(kind)
    let isBySession = [.bySession, .withCachesBySession].contains(kind)
    return (0..<16 as Range<Int64>).flatMap { session -> [Request] in
      let route: Route = kind == .byRoute && session % 3 == 0 ? .think : .default
      let ratio = 0.26 * (route == .think ? 1.2 : 1) * exp(0.07 * normal(&numbers))
      let served = hasCaches ? Double.random(in: 0.3...0.9, using: &numbers) : 0
      let isMissing = isBySession && Double.random(in: 0..<1, using: &numbers) < 0.2
      return (0..<Int.random(in: 5...9, using: &numbers)).map { _ in
        var bytes = Int64(5000 * exp(Double.random(in: 0...3.5, using: &numbers)))
        var prompt = Double(bytes) * ratio * exp(0.03 * normal(&numbers))
        if kind == .withImages, Double.random(in: 0..<1, using: &numbers) < 0.1 {
          bytes += Int64.random(in: 400_000...2_000_000, using: &numbers)
          prompt += 1500
        }
        let answer = Int64.random(in: 300...20_000, using: &numbers)
        let read = Int64(prompt * served)
        return Request(
          session: session, kind: RequestKind(route: route, isStream: true), promptBytes: bytes, answerBytes: answer,
          tokens: TokenUsage(
            input: Int64(prompt) - read, cacheRead: read,
            output: Int64(Double(answer) * 0.28 * exp(0.1 * normal(&numbers)))),
          isMissing: kind == .byRoute
            ? route == .think : isBySession ? isMissing : Double.random(in: 0..<1, using: &numbers) < 0.2)
      }
    }
  }

  /// The interval of a world's estimate, and the truth of the requests that it is of; `nil` for a refusal.
  private static func trial(_ requests: [Request]) -> (interval: ClosedRange<Money>, truth: Money)? {
    var samples = CalibrationSamples()
    for request in requests where !request.isMissing {
      samples.add(
        ByteRecord(
          model: .minimax, kind: request.kind, session: request.session, promptBytes: request.promptBytes,
          answerBytes: request.answerBytes, tokens: request.tokens))
    }
    var estimator = Estimator([.minimax: samples], baseline: .sonnet, grouping: .model, prices: TestPrices.example)
    let day = CivilDay.on(2026, 6, 24)
    let missing = requests.filter(\.isMissing)
    let slices = missing.map { request in
      TrafficSlice(
        model: .minimax, time: noon, prompt: 0, day: day, route: request.kind.route, source: .unknown,
        counts: RequestCounts(unknown: 1), tokens: .zero)
    }
    for (request, slice) in zip(missing, slices) {
      estimator.add(
        UnmeasuredRequest(
          slice: slice, isStream: true, session: request.session, promptBytes: request.promptBytes,
          answerBytes: request.answerBytes))
    }
    let report = estimator.complete(
      Audit.run(
        AuditInput(
          period: AuditPeriod(since: day, until: day, timeZone: .gmt), traffic: slices, planTraffic: [],
          baseline: .sonnet, now: .at(2026, 6, 25)),
        prices: TestPrices.example))
    guard let interval = report.estimate?.baselineCost else { return nil }
    // What lies outside of what is measured of its kind is not estimated.
    let kept = missing.filter { request in
      let like = requests.filter { !$0.isMissing && $0.kind == request.kind }
      func holds(_ bytes: KeyPath<Request, Int64>) -> Bool {
        let all = like.map { $0[keyPath: bytes] }
        return all.contains { $0 <= request[keyPath: bytes] } && all.contains { $0 >= request[keyPath: bytes] }
      }
      return holds(\.promptBytes) && holds(\.answerBytes)
    }
    #expect(report.estimate?.models.first?.estimated == kept.count)
    let rates = Rates(3, 15, cacheRead: "0.30", cacheWrite5m: "3.75", cacheWrite1h: "6")
    return (interval, kept.reduce(.zero) { $0 + rates.cost(of: $1.tokens) })
  }

  @Test(arguments: Case.allCases) func theTruthLiesInsideAsOftenAsIsSaid(kind: Case) {
    var numbers = SeededNumbers(14)
    let count = Self.isThorough ? 100 : 40
    let trials = (0..<count).map { _ in Self.trial(Self.world(kind, &numbers)) }
    let made = trials.compactMap(\.self)
    let share = Double(made.count { $0.interval.contains($0.truth) }) / Double(max(1, made.count))
    let width = made.map { made in
      let (low, high) = (made.interval.lowerBound, made.interval.upperBound)
      return Double((high - low).picodollars) / Double(made.truth.picodollars)
    }.sorted()
    switch kind {
    case .byRoute: #expect(made.isEmpty)
    case .withImages:
      // Most are refused, and of the rest no more lie outside than is said.
      #expect(made.count * 2 < count)
      #expect(share >= 0.85, "\(made.count { !$0.interval.contains($0.truth) }) of \(made.count) outside")
    default:
      #expect(made.count * 100 > 85 * count)
      #expect((0.85...0.97).contains(share), "\(share) inside, \(width[width.count / 2]) wide")
      // Wide enough for everything would be no promise.
      #expect(width[width.count / 2] < 0.4)
    }
  }

  @Test func theSameRequestsGiveTheSameInterval() {
    var (one, other) = (SeededNumbers(3), SeededNumbers(3))
    let (left, right) = (Self.world(.withCaches, &one), Self.world(.withCaches, &other).reversed())
    #expect(Self.trial(left)?.interval == Self.trial(Array(right))?.interval)
  }
}
