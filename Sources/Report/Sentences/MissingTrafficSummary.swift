package import Audit
import Model

/// What is said of a report that lacks some of a fleet's requests.
package enum MissingTrafficSummary {
  /// `20,596 of 32,520 requests; 11 of 30 machines are on servers that did not answer`
  package static func sentence(_ missing: MissingTraffic) -> String {
    let isOne = missing.machines == 1
    return "\(Figures.count(Int(missing.requests))) of \(Figures.count(Int(missing.ofRequests), "request")); "
      + "\(Figures.count(missing.machines)) of \(Figures.count(missing.ofMachines, "machine")) "
      + (missing.isUnanswered
        ? "\(isOne ? "is" : "are") on servers that did not answer"
        : "\(isOne ? "has" : "have") sent what has not reached the server that was asked")
  }

  static func json(_ missing: MissingTraffic) -> JSONText {
    .object([
      ("requests", .count(Int(missing.requests))), ("of_requests", .count(Int(missing.ofRequests))),
      ("machines", .count(missing.machines)), ("of_machines", .count(missing.ofMachines)),
      ("reason", .string(missing.isUnanswered ? "unanswered" : "behind")),
    ])
  }
}
