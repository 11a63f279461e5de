import Commands
import Foundation
import TestSupport
import Testing

/// Ingest asks the pricing table for a provider's name, and for nothing else.
struct IngestNamesTests {
  private let transcript = """
    {"type":"assistant","sessionId":"s","timestamp":"2026-06-24T01:00:00.000Z","requestId":"r","message":{"id":"m",\
    "type":"message","role":"assistant","model":"glm-9","stop_reason":"end_turn","usage":{"input_tokens":5,\
    "output_tokens":7}}}

    """

  private let price = """
    provider: zai
    models:
      - model: glm-9
        prices:
          - {from: 2026-01-01, input: "1", output: "2", source: "https://example.com", verified: 2026-06-01}

    """

  @Test func aBrokenTableStopsNoLogsThatNameTheirProviders() throws {
    try TestContext.with(environment: ["CCR_AUDIT_PRICING": "/nonexistent"]) { test in
      #expect(test.run("report").exitCode == 2)
      let outcome = test.run("ingest", Fixtures.path("ccr-v1/logs"))
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect(!outcome.errors.contains("/nonexistent"))
    }
  }

  @Test func aNameThatOnlyABrokenTableHasIsAskedForAgain() throws {
    try TestContext.with { test in
      test.context.environment["CCR_AUDIT_PRICING"] = "\(test.home)/pricing"
      try test.write("provider: [", to: "pricing/zai.yaml")
      let log = try test.write(transcript, to: "projects/p/s.jsonl")
      let broken = test.run("ingest", log)
      #expect(broken.exitCode == 2)
      #expect(broken.errors.contains("error: the provider of glm-9 is named by no router's record or configuration"))
      #expect(broken.errors.contains("\(test.home)/pricing/zai.yaml:1"))
      // Once the table is mended, nothing has to be read again.
      try test.write(price, to: "pricing/zai.yaml")
      let mended = test.run("ingest", log)
      #expect(mended.exitCode == 0, "\(mended.errors)")
      #expect(mended.errors.contains("read 0 bytes") && mended.errors.contains("1 new request"))
      let report = test.run("report", "--all", "--format", "csv", "--baseline", "zai/glm-9")
      #expect(report.output.contains("zai,glm-9"), "\(report.errors)")
    }
  }
}
