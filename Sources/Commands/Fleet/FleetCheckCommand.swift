import ArgumentParser
import Fleet
import Model
import Report

/// `ccr-audit fleet check`: whether all that was committed is there.
struct FleetCheckCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say whether the server holds all that machines committed, and what several of them sent.",
    discussion: "Exit codes: 0 all is there; 2 something is missing, or the server does not answer.")

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    var server = try FleetServer(workspace)
    try CommandFailure.ofFleet { () throws(FleetError) in try server.greet() }
    func ask(_ question: String) throws(CommandFailure) -> [[String]] {
      try CommandFailure.ofFleet { () throws(FleetError) in try server.ask(question) }
    }
    func number(_ question: String) throws(CommandFailure) -> Int64 {
      try ask(question).first?.first.flatMap { Int64($0) } ?? 0
    }
    func count(_ number: Int64, _ noun: String) -> String { Figures.count(Int(number), noun) }
    let gap = try settledGap(server, context)
    guard gap.isNone else {
      throw CommandFailure(
        "the server lacks requests: \(Figures.count(Int(gap.requests))) of \(count(gap.ofRequests, "request")) are there; "
          + "\(Figures.count(gap.machines)) of \(Figures.count(gap.ofMachines, "machine")) lack some or have too many",
        hint: "a server may be down or behind; `ccr-audit push --verify` on a machine sends again what is lost")
    }
    guard gap.ofMachines > 0 else { return context.output.write("no machine has pushed yet\n") }
    var lines = ["\(count(gap.ofRequests, "request")) of \(Figures.count(gap.ofMachines, "machine")) are all there"]
    let doubles = try number(server.sql.duplicates)
    lines.append(
      doubles == 0
        ? "no request was sent by two machines"
        : "\(count(doubles, "request")) were sent by more than one machine and count twice: the same logs were read on both"
    )
    let rest = try number(server.sql.uncounted)
    if rest > 0 { lines.append("\(count(rest, "row")) of older versions count for nothing; `ccr-audit fleet clean`") }
    let now = server.clock
    let silent = try ask(server.sql.machines).compactMap { FleetMachine($0) }.count { $0.isSilent(at: now) }
    if silent > 0 {
      lines.append("\(Figures.count(silent, "machine")) \(silent == 1 ? "has" : "have") not pushed for two days")
    }
    context.output.write(lines.map { $0 + "\n" }.joined())
  }

  /// What is missing still when it was looked at again: machines push meanwhile, and servers catch up.
  private func settledGap(_ server: FleetServer, _ context: Context) throws(CommandFailure) -> FleetGap {
    var last: FleetGap?
    for attempt in 1...FleetServer.attempts {
      if attempt > 1 { context.wait(FleetServer.pause) }
      do throws(FleetError) {
        last = try server.gap(FleetSQL.ever, consistent: true)
      } catch {
        guard error.isLater, attempt < FleetServer.attempts else { throw CommandFailure(error) }
      }
      if let last, last.isNone { return last }
    }
    guard let last else {
      throw CommandFailure("machines pushed while the server was checked, three times", hint: "try again")
    }
    return last
  }
}
