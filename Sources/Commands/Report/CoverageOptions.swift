import ArgumentParser
import Audit
import Foundation

/// The options of commands that report: what to do about requests without measured tokens.
struct CoverageOptions: ParsableArguments {
  @Flag(help: "Estimate tokens that nobody measured from bytes, apart from what is measured, and say how well.")
  var estimate = false

  @Option(
    name: .customLong("min-coverage"),
    help: "The share of answered requests, 0.8 or 80%, that must be measured and priced; below it exit with 2.")
  var minCoverage: String?

  var flags: [FlagValue] { minCoverage.map { [FlagValue(\.minCoverage, "--min-coverage", [$0])] } ?? [] }
}

extension Coverage {
  /// Fails where the coverage is below a share, compared exactly. Where nothing was answered, nothing is missing; an
  /// estimate covers nothing.
  func demand(_ limit: Decimal) throws(CommandFailure) {
    guard Decimal(covered) < limit * Decimal(answered) else { return }
    let tenThousandths = covered * 10_000 / answered
    throw CommandFailure(
      "the coverage is \(Decimal(tenThousandths) / 100)% (\(covered) of \(answered) answered requests have measured "
        + "tokens and a price), below the limit of \(limit * 100)%",
      hint: "the report says under Coverage what is missing; thresholds.min_coverage or --min-coverage sets the limit")
  }
}
