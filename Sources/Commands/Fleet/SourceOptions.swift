import ArgumentParser
import Audit
import Model
import Report

/// The options that name where requests come from.
struct SourceOptions: ParsableArguments {
  @Option(help: "Where the requests come from: the ledger, or the fleet's server (fleet).")
  var from = RequestSource.ledger

  @Flag(
    name: .customLong("allow-partial"),
    help: "Of a fleet, show what there is where servers do not answer, with what is missing as the headline.")
  var allowPartial = false

  func validate() throws {
    if allowPartial, from != .fleet { throw ValidationError("--allow-partial needs --from fleet.") }
  }

  /// What the rows of a fleet's server cannot tell is refused before anybody is asked.
  func demand(grouping: Grouping, estimate: Bool) throws {
    guard from == .fleet else { return }
    if grouping == .project {
      throw ValidationError("--by project needs a ledger: the names of projects never leave their machines.")
    }
    if estimate {
      throw ValidationError(
        "--estimate needs a ledger: it learns from every single request, and a fleet's server hands out sums alone.")
    }
  }
}

/// Where the requests of a report come from.
enum RequestSource: String, CaseIterable, ExpressibleByArgument {
  case ledger
  case fleet
}

extension Workspace {
  /// The requests of the ledgers that are named, or of the fleet.
  func traffic(_ options: SourceOptions) throws(CommandFailure) -> any TrafficSource {
    switch options.from {
    case .ledger: return try traffic()
    case .fleet:
      guard otherLedgers.isEmpty else {
        throw CommandFailure("--from fleet reads no ledger, and --ledger names some", status: .usage)
      }
      return try FleetTraffic(self, allowsPartial: options.allowPartial)
    }
  }

  /// Reads all that a report needs from requests that did not change meanwhile, and says what is missing of them.
  func whole<Value>(
    _ source: any TrafficSource, _ body: () throws(CommandFailure) -> Value
  ) throws(CommandFailure) -> Value {
    for attempt in 1...3 {
      if attempt > 1 { context.wait(2000) }
      try source.begin()
      let value = try body()
      guard try source.isAsItWas() else { continue }
      for warning in try source.warnings() { notes.warning(warning) }
      return value
    }
    throw CommandFailure(
      "machines pushed while the report was read, three times",
      hint: "name days that have ended, such as --until yesterday, or try again")
  }
}
