import Fleet
import Ledger
import Model
import Report

/// Sends what a fleet's server does not have yet: whole hours under a new version, then one commit an hour, then the
/// ledger's own note. Whatever ends it between two of these leaves nothing visible, and nothing forgotten.
struct PushJob {
  /// What is sent at once.
  private static let (mostRows, mostBytes) = (100_000, 16 << 20)
  /// Seconds before each new attempt.
  private static let pauses: [Int64] = [1, 5, 25]
  /// After so long a version is not committed any more: `fleet clean` may have removed its rows. Milliseconds.
  private static let longestPush: Int64 = 12 * 3_600_000

  private let workspace: Workspace
  private let ledger: LedgerFile
  private let keys: FleetKeys
  private let machine: UInt64

  /// What was sent.
  struct Outcome {
    var hours = 0
    var requests = 0

    var words: String {
      hours == 0
        ? "nothing new" : "\(Figures.count(requests, "request")) of \(Figures.count(hours, "hour")) sent"
    }
  }

  init(_ workspace: Workspace, ledger: LedgerFile) throws(CommandFailure) {
    self.workspace = workspace
    self.ledger = ledger
    keys = try FleetKeys(workspace)
    let origin = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.origin() }
    machine = keys.machine(origin: origin)
  }

  /// Sends what waits.
  /// - Parameters:
  ///   - all: whether everything is sent again.
  ///   - verify: whether what the server holds is compared first.
  func run(all: Bool = false, verify: Bool = false) throws(CommandFailure) -> Outcome {
    let server = try FleetServer(workspace)
    if all { try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.pushAgain() } }
    if verify { try self.verify(server) }
    var outcome = Outcome()
    var rest = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.hoursToPush() }
    var encoder = RowEncoder(machine: machine, keys: keys)
    try retrying(waiting: rest.count) { () throws(PushFailure) in
      try Self.ofServer { () throws(FleetError) in try server.insert(machineRow, into: "machine") }
    }
    while !rest.isEmpty {
      var count = 0
      let sent = try retrying(waiting: rest.count) { () throws(PushFailure) in
        let batch = try take(rest, &encoder)
        count = batch.count
        try send(batch.hours, encoder.bytes, server)
        return batch.hours
      }
      rest.removeFirst(count)
      outcome.hours += sent.count
      outcome.requests += sent.reduce(0) { $0 + Int($1.requests) }
    }
    return outcome
  }

  /// What would be sent, row by row, read back from the very bytes.
  func dryRun(all: Bool) throws(CommandFailure) {
    let database = workspace.settings.fleet.database
    let output = workspace.context.output
    func write(_ table: String, _ rows: [[String]]) {
      guard !rows.isEmpty else { return }
      output.write(FleetSchema.insertion(into: table, database: database) + "\n")
      for row in rows { output.write(row.map(SafeText.visible).joined(separator: "\t") + "\n") }
    }
    let hours = try CommandFailure.ofLedger { () throws(LedgerError) in
      all ? try ledger.hoursHeld() : try ledger.hoursToPush()
    }
    write("machine", RowBinary.rows(machineRow, FleetSchema.machineTypes))
    var encoder = RowEncoder(machine: machine, keys: keys)
    for hour in hours {
      encoder.removeAll()
      let taken = try CommandFailure.ofLedger { () throws(LedgerError) in
        try ledger.takeHour(hour, version: workspace.context.now(), noting: false, again: all) {
          encoder.add($0, $1, to: &$2)
        }
      }
      guard let taken else { continue }
      write("request", RowBinary.rows(encoder.bytes, FleetSchema.request.map(\.type)))
      write("commits", RowBinary.rows(RowEncoder.commits([taken], machine: machine), FleetSchema.commitTypes))
    }
    workspace.notes.note("nothing was sent")
  }

  /// Finds hours of which the server holds something else than the ledger noted, and has them sent again.
  private func verify(_ server: FleetServer) throws(CommandFailure) {
    let known = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.pushedHours() }
    let (committed, stored) = try CommandFailure.ofFleet { () throws(FleetError) in
      (try server.ask(server.sql.hours(of: machine), consistent: true), try server.ask(server.sql.stored(of: machine)))
    }
    let commits = Dictionary(committed.map { ($0[0], Array($0[1...])) }) { first, _ in first }
    let rows = Dictionary(stored.map { ($0[0], Array($0[1...])) }) { first, _ in first }
    let wrong = known.filter { hour, pushed in
      commits["\(hour)"] != ["\(pushed.version)", "\(pushed.rows)", "\(pushed.digest)"]
        || (rows["\(hour)"] ?? ["0", "0"]) != ["\(pushed.rows)", "\(pushed.digest)"]
    }.keys.sorted()
    let unknown = commits.keys.compactMap { Int64($0) }.filter { known[$0] == nil }
    try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.pushAgain(wrong + unknown) }
    workspace.notes.note(
      wrong.isEmpty && unknown.isEmpty
        ? "verified: the server holds \(Figures.count(known.count, "hour")) as the ledger noted"
        : "\(Figures.count(wrong.count + unknown.count, "hour")) are not on the server as the ledger noted, and are sent again"
    )
  }

  /// Why a batch is not done.
  private enum PushFailure: Error {
    case server(FleetError)
    case ledger(LedgerError)
  }

  /// Reads the first of the hours, as many as are sent at once.
  private func take(
    _ rest: [Int64], _ encoder: inout RowEncoder
  ) throws(PushFailure) -> (count: Int, hours: [PushedHour]) {
    do throws(LedgerError) {
      let version = try ledger.reservePushVersion(now: workspace.context.now())
      encoder.removeAll()
      var batch: (count: Int, hours: [PushedHour]) = (0, [])
      while batch.count < rest.count, encoder.count < Self.mostRows, encoder.bytes.count < Self.mostBytes {
        let hour = try ledger.takeHour(rest[batch.count], version: version) { encoder.add($0, $1, to: &$2) }
        if let hour { batch.hours.append(hour) }
        batch.count += 1
      }
      return batch
    } catch {
      throw .ledger(error)
    }
  }

  private func send(_ hours: [PushedHour], _ rows: [UInt8], _ server: FleetServer) throws(PushFailure) {
    guard let version = hours.first?.version else { return }
    try Self.ofServer { () throws(FleetError) in
      try server.insert(rows, into: "request")
      // A machine that slept in the middle.
      guard workspace.context.now() - version < Self.longestPush else {
        throw .later("sending took too long", code: nil)
      }
      try server.insert(RowEncoder.commits(hours, machine: machine), into: "commits")
    }
    do throws(LedgerError) {
      try ledger.notePushed(hours)
    } catch {
      throw .ledger(error)
    }
  }

  /// Tries again after a while what may go better then.
  private func retrying<Value>(
    waiting hours: Int, _ body: () throws(PushFailure) -> Value
  ) throws(CommandFailure) -> Value {
    var pauses = Self.pauses[...]
    while true {
      let failure: PushFailure
      do throws(PushFailure) {
        return try body()
      } catch {
        failure = error
      }
      switch failure {
      case .ledger(let error): throw CommandFailure(error)
      case .server(let error):
        guard case .later = error, let pause = pauses.popFirst() else {
          throw CommandFailure(
            "push: \(error); \(Figures.count(hours, "hour")) wait to be sent", hint: "nothing is lost: run it again")
        }
        workspace.notes.detail("push: \(error); trying again in \(pause) s")
        workspace.context.wait(pause * 1000)
      }
    }
  }

  private static func ofServer<Value>(_ body: () throws(FleetError) -> Value) throws(PushFailure) -> Value {
    do throws(FleetError) {
      return try body()
    } catch {
      throw .server(error)
    }
  }

  private var machineRow: [UInt8] {
    let (fleet, isPlain) = (workspace.settings.fleet, workspace.settings.fleet.names.value == .plain)
    let name = isPlain ? workspace.settings.origin.value ?? "" : ""
    let team = fleet.team.value.map { isPlain ? $0 : keys.name("team", $0) } ?? ""
    return RowEncoder.machine(machine, seen: workspace.context.now(), name: name, team: team)
  }
}

extension FleetKeys {
  /// The keys of the configured salt.
  init(_ workspace: Workspace) throws(CommandFailure) {
    let secret: (text: String, source: String)?
    do throws(DeliveryError) {
      secret = try SecretSource.fleetSalt(workspace).load()
    } catch {
      throw CommandFailure("\(error)")
    }
    guard let secret else {
      throw CommandFailure(
        "no salt is configured: ids leave this machine only as hashes with a secret of the team's",
        hint: "fleet.salt_file names a file of mode 0600 with the same line on each machine, such as "
          + "`openssl rand -hex 32` writes")
    }
    guard secret.text.utf8.count >= Self.shortestSalt else {
      throw CommandFailure("the salt of \(secret.source) is shorter than \(Self.shortestSalt) bytes")
    }
    self.init(salt: Array(secret.text.utf8))
  }
}
