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
    guard let fleet = source as? FleetTraffic else { return try body() }
    for attempt in 1...3 {
      if attempt > 1 { context.wait(2000) }
      try fleet.begin()
      let value = try body()
      guard try fleet.isAsItWas() else { continue }
      if let missing = fleet.missing { notes.warning("partial: \(MissingWords.sentence(missing))") }
      let (machines, silent) = try fleet.silence()
      if silent > 0 {
        notes.warning(
          "\(Figures.count(silent)) of \(Figures.count(machines, "machine")) \(silent == 1 ? "has" : "have") not pushed for two days: what happened "
            + "there since is not here")
      }
      return value
    }
    throw CommandFailure(
      "machines pushed while the report was read, three times",
      hint: "name days that have ended, such as --until yesterday, or try again")
  }
}

extension TrafficSource {
  /// What of a fleet's requests did not answer.
  var missing: MissingTraffic? { (self as? FleetTraffic)?.missing }
}
