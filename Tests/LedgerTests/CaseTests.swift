import Foundation
import GRDB
import Model
import Reading
import TestSupport
import Testing

@testable import Ledger

/// Records in shapes that real programs write, each small: `fixtures/cases`.
struct CaseTests {
  /// What a case amounts to.
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var files: [String]
    var models: [ModelID: Expected]
    var testDescription: String { name }
  }

  struct Expected: Equatable, Sendable {
    var requests: Int
    var measured: Int
    var tokens: TokenUsage
  }

  static let cases: [Case] = [
    Case(
      name: "archive-without-last-newline", files: ["s.jsonl.gz"],
      models: [
        claude("claude-sonnet-4-6"): .init(requests: 2, measured: 2, tokens: TokenUsage(input: 3000, output: 200))
      ]),
    Case(
      name: "cache-creation-remainder", files: ["s.jsonl"],
      models: [
        claude("claude-sonnet-4-6"): .init(
          requests: 3, measured: 3,
          tokens: TokenUsage(input: 3000, cacheWrite5m: 6500, cacheWrite1h: 5500, output: 300))
      ]),
    Case(
      name: "cache-writes-in-openai-usage", files: ["a.log"],
      models: [
        relay: .init(
          requests: 2, measured: 2,
          tokens: TokenUsage(input: 1010, cacheRead: 68_360, cacheWrite5m: 39_435, output: 5220))
      ]),
    Case(
      name: "gemini-thoughts", files: ["a.log"],
      models: [
        ModelID(provider: "gem", model: "gemini-2.5-pro"): .init(
          requests: 2, measured: 2, tokens: TokenUsage(input: 1600, cacheRead: 400, output: 1000, reasoning: 800))
      ]),
    Case(
      name: "router-log-with-crlf", files: ["a.log"],
      models: [relay: .init(requests: 2, measured: 2, tokens: TokenUsage(input: 2000, output: 200))]),
    Case(
      name: "router1-before-september-2025", files: ["a.log"],
      models: [relay: .init(requests: 2, measured: 0, tokens: .zero)]),
    Case(
      name: "router2-behind-a-proxy", files: ["v1.log", "v2.log"],
      models: [south: .init(requests: 4, measured: 4, tokens: TokenUsage(input: 4000, output: 400))]),
    Case(
      name: "router2-presets", files: ["a.log"],
      models: [
        south: .init(requests: 1, measured: 1, tokens: TokenUsage(input: 1000, output: 100)),
        ModelID(provider: "north", model: "n1"): .init(
          requests: 2, measured: 2, tokens: TokenUsage(input: 2000, output: 200)),
      ]),
    Case(
      name: "store-total-beyond-parts", files: ["usage.sqlite"],
      models: [relay: .init(requests: 2, measured: 2, tokens: TokenUsage(input: 1700, output: 600, reasoning: 400))]),
    Case(
      name: "usage-in-the-choice", files: ["a.log"],
      models: [
        relay: .init(requests: 1, measured: 1, tokens: TokenUsage(input: 2000, cacheRead: 1000, output: 40))
      ]),
  ]

  private static let relay = ModelID(provider: "relay", model: "m1")
  private static let south = ModelID(provider: "south", model: "s1")
  private static func claude(_ model: String) -> ModelID { ModelID(provider: "anthropic", model: model) }

  @Test(arguments: cases) func isReadAsItReallyIs(_ one: Case) throws {
    let folder = Fixture.root.appending(path: "cases/\(one.name)")
    let config = folder.appending(path: "config.json")
    let configuration: RouterConfiguration =
      FileManager.default.fileExists(atPath: config.path)
      ? try RouterConfiguration(contentsOf: Data(contentsOf: config), path: config.path) : .none
    let bench = try Workbench(configuration: configuration)
    // A store is opened where it lies, so a copy is.
    for file in one.files {
      try Data(contentsOf: folder.appending(path: file)).write(to: bench.log(file))
    }
    let report = try bench.ingest(one.files.map { bench.log($0).path })
    #expect(report.skippedCount == 0)
    #expect(report.failures.isEmpty)
    let found = try bench.totals().mapValues {
      Expected(requests: $0.counts.requests, measured: $0.counts.measured, tokens: $0.tokens)
    }
    #expect(found == one.models)
  }

  @Test func whatIsNotTheUsualWayIsKeptApart() throws {
    let bench = try Workbench()
    try bench.ingest([Fixture.root.appending(path: "cases/fast-mode/s.jsonl").path])
    let speeds = try bench.ledger.read { database in
      try String.fetchAll(
        database,
        sql:
          "SELECT speed FROM request JOIN model ON model.id = request.model JOIN variant ON variant.id = model.variant")
    }
    #expect(speeds == ["fast"])
  }
}
