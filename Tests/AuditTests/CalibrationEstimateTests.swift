@testable import Audit
import Foundation
import Pricing
import TestPrices
import Testing
import Model

@Suite struct CalibrationEstimates {
  static let noon = Int64.at(2026, 6, 24, hour: 12)

  static func request(
    _ model: ModelID, prompt: Int64? = nil, answer: Int64? = nil, isWhole: Bool = true, proxy: TokenUsage? = nil,
    route: Route = .default, session: String? = nil
  ) -> UnmeasuredRequest {
    UnmeasuredRequest(
      slice: TrafficSlice(
        model: model, time: noon, prompt: 0, day: .on(2026, 6, 24), route: route, session: session, source: .unknown,
        counts: RequestCounts(unknown: 1), tokens: .zero),
      promptBytes: prompt, answerBytes: answer, isWhole: isWhole, proxyCount: proxy)
  }

  /// Ten of MiniMax can be estimated, two are cut, one has no answer; GLM's are on a plan, and refused for Kimi.
  static let unmeasured =
    (1...10).map { request(.minimax, prompt: 40_000 * $0, answer: 10_000, route: $0 > 4 ? .think : .default) }
    + [
      request(.minimax, prompt: 4000, answer: 100, isWhole: false, session: "s"),
      request(.minimax, prompt: 4000, answer: 100, isWhole: false), request(.minimax, prompt: 4000),
      request(.glm, prompt: 4000, answer: 900), request(.glm, proxy: TokenUsage(input: 7, output: 3)),
      request(.kimi, prompt: 4000, answer: 900),
    ]

  static let samples: [ModelID: CalibrationSamples] = {
    // A quarter of a token a byte, on the whole exactly, and of three requests two a twentieth off; of both routes.
    func samples(_ count: Int64) -> CalibrationSamples {
      (0..<count).reduce(into: CalibrationSamples()) { samples, index in
        let size = 1 + 12 * (index / 3)
        let tokens = TokenUsage(input: [950, 1050, 1000][Int(index % 3)] * size, output: 10 * size)
        for route in [Route.default, .think] {
          samples.add(
            ByteRecord(
              model: .minimax, kind: RequestKind(route: route), promptBytes: 4000 * size, answerBytes: 100 * size,
              tokens: tokens))
        }
      }
    }
    return [.minimax: samples(42), .glm: samples(42), .kimi: samples(14)]
  }()

  static func slices(_ grouping: Grouping) -> [TrafficSlice] {
    var slices: [TrafficSlice] = [
      .of(.minimax, at: noon, TokenUsage(input: 10_000, output: 1000), counts: RequestCounts(upstream: 5)),
      .of(.glm, at: noon, TokenUsage(input: 10_000, output: 1000), counts: RequestCounts(client: 2)),
      .of(.minimax, at: noon, counts: RequestCounts(failed: 3)),
    ]
    slices[0].source = .upstream
    slices[1].source = .client
    slices[2].source = .unknown
    return slices + unmeasured.map(\.slice)
  }

  static func report(by grouping: Grouping = .model) -> AuditReport {
    let day = CivilDay.on(2026, 6, 24)
    return Audit.run(
      AuditInput(
        period: AuditPeriod(since: day, until: day, timeZone: .gmt), traffic: slices(grouping), planTraffic: [],
        baseline: .sonnet, now: .at(2026, 6, 25, minute: 5), grouping: grouping),
      prices: TestPrices.example)
  }

  static func estimated(by grouping: Grouping = .model, _ requests: [UnmeasuredRequest] = unmeasured) -> AuditReport {
    var estimator = Estimator(samples, baseline: .sonnet, grouping: grouping, prices: TestPrices.example)
    for request in requests { estimator.add(request) }
    return estimator.complete(report(by: grouping))
  }

  @Test func whatIsEstimatedIsTheSumOfItsRequests() throws {
    let report = Self.estimated()
    let row = try #require(report.models.first { $0.key.model == .minimax })
    let sum = try #require(row.estimated)
    // A quarter of a token for a prompt's byte, and a tenth of one for an answer's.
    #expect(sum.bytes.tokens == TokenUsage(input: 55 * 10_000, output: 10 * 1000))
    #expect(sum.requests == 10)
    // 0.55 × 0.24 + 0.01 × 0.96 = 0.1416; 0.55 × 3 + 0.01 × 15 = 1.8.
    #expect(sum.cost == .usd("0.1416"))
    #expect(sum.baselineCost == .usd("1.8"))
    let error = try #require(sum.error)
    #expect(error.median > Ratio(millionths: 40_000) && error.median < Ratio(millionths: 60_000))
    let interval = try #require(report.estimate?.cost)
    #expect(
      interval.contains(.usd("0.1416")) && interval.lowerBound > .usd("0.13") && interval.upperBound < .usd("0.153"))
    #expect(sum.method == "bytes")
    #expect(row.counts == RequestCounts(upstream: 5, estimated: 10, unknown: 3, failed: 3))

    let plan = try #require(report.models.first { $0.key.model == .glm }?.estimated)
    #expect(plan.method == "bytes_and_proxy")
    #expect(plan.proxy.tokens == TokenUsage(input: 7, output: 3))
    #expect(plan.cost == nil)
    #expect(plan.baselineCost != nil)

    let minimax = try #require(report.estimate?.models.first { $0.model == .minimax })
    #expect(minimax.estimated == 10)
    #expect(minimax.notWhole == 2)
    #expect(minimax.withoutBytes == 1)
    #expect(minimax.refused + minimax.proxy == 0)
    let kimi = try #require(report.estimate?.models.first { $0.model == .kimi })
    #expect(kimi.refused == 1)
    #expect(kimi.refusals == [.tooFew(.input, requests: 28): 1])
    #expect(report.models.first { $0.key.model == .kimi }?.estimated == nil)
  }

  @Test(arguments: Grouping.allCases)
  func onlyTheCountsOfUnknownAndEstimatedChange(grouping: Grouping) {
    let (plain, estimated) = (Self.report(by: grouping), Self.estimated(by: grouping))
    func measured(_ report: AuditReport) -> [AuditRow] {
      (report.models + report.rows).filter { $0.key.source != .estimated && $0.key.source != .unknown }.map { row in
        var row = row
        row.counts.unknown += row.counts.estimated
        (row.counts.estimated, row.estimated) = (0, nil)
        return row
      }
    }
    #expect(measured(plain) == measured(estimated))
    #expect(plain.totals == estimated.totals)
    #expect(plain.plans == estimated.plans)
    #expect(plain.coverage.share == estimated.coverage.share)
    #expect(estimated.coverage.counts.estimated == 12)
    #expect(estimated.coverage.counts.unknown == plain.coverage.counts.unknown - 12)
    for rows in [estimated.rows, estimated.models] {
      #expect(rows.reduce(.zero) { $0 + $1.counts } == estimated.coverage.counts)
      #expect(rows.reduce(0) { $0 + ($1.estimated?.requests ?? 0) } == 12)
      let cost = rows.filter { $0.key.model == .minimax }.compactMap { $0.estimated?.cost }.reduce(.zero, +)
      #expect(cost == .usd("0.1416"))
    }
  }

  @Test func theOrderDoesNotMatter() {
    var numbers = SeededNumbers(3)
    for grouping in Grouping.allCases {
      #expect(
        Self.estimated(by: grouping, Self.unmeasured.shuffled(using: &numbers)) == Self.estimated(by: grouping))
    }
  }

  @Test func claimsStandBesideWhatTheSameRequestsCost() throws {
    func slice(_ model: ModelID, _ counts: RequestCounts, _ source: UsageSource, claim: Int128?) -> TrafficSlice {
      var slice = TrafficSlice.of(
        model, at: Self.noon, counts.measured > 0 ? TokenUsage(input: 10_000, output: 1000) : .zero, counts: counts)
      (slice.source, slice.claim) = (source, claim)
      return slice
    }
    let stranger = ModelID(provider: "acme", model: "m")
    let day = CivilDay.on(2026, 6, 24)
    let report = Audit.run(
      AuditInput(
        period: AuditPeriod(since: day, until: day, timeZone: .gmt),
        traffic: [
          slice(.minimax, RequestCounts(router: 2), .router, claim: 4_000_000_000),
          slice(.minimax, RequestCounts(router: 1), .router, claim: nil),
          slice(.glm, RequestCounts(router: 3), .router, claim: 20_050_000_000_000),
          slice(.minimax, RequestCounts(unknown: 1), .unknown, claim: 5),
          slice(stranger, RequestCounts(router: 1), .router, claim: 7),
        ], planTraffic: [], baseline: .sonnet, now: .at(2026, 6, 25), grouping: .source),
      prices: TestPrices.example)
    func claim(_ model: ModelID, _ source: UsageSource) -> ClaimedCost? {
      report.rows.first { $0.key.model == model && $0.key.source == source }?.claimed
    }
    // Only what is claimed is compared: one of the three requests is not.
    #expect(claim(.minimax, .router) == ClaimedCost(requests: 2, claimed: .usd("0.004"), audited: .usd("0.00336")))
    #expect(claim(.glm, .router) == ClaimedCost(requests: 3, claimed: .usd("20.05"), audited: .zero))
    #expect(claim(.minimax, .unknown)?.audited == nil)
    #expect(claim(stranger, .router)?.audited == nil)
    #expect(report.models.allSatisfy { $0.claimed == nil })
  }
}
