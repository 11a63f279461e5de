import Fleet
import Ledger
import Model
import Report

/// Sends what a fleet's server does not have yet: whole hours under a new version, then one commit an hour, then the
/// ledger's own note. Whatever ends it between two of these leaves nothing visible, and nothing forgotten.
struct PushJob {
  /// What is sent at once, bytes.
  private static let mostBytes = 16 << 20
  /// Seconds before each new attempt.
  private static let pauses: [Int64] = [1, 5, 25]
  /// After so long a version is not committed any more: `fleet clean` may have removed its rows. Milliseconds.
  private static let longestPush: Int64 = 12 * 3_600_000

  private let workspace: Workspace
  private let ledger: LedgerFile
  private let keys: FleetKeys
  private let machine: UInt64
  /// What is sent at once, rows.
  private let mostRows: Int

  /// What was sent.
  struct Outcome {
    var hours = 0
    var requests = 0

    var words: String {
      hours == 0
        ? "nothing new" : "\(Figures.count(requests, "request")) of \(Figures.count(hours, "hour")) sent"
    }
  }

  init(_ workspace: Workspace, ledger: LedgerFile, mostRows: Int = 100_000) throws(CommandFailure) {
    self.workspace = workspace
    self.ledger = ledger
    self.mostRows = mostRows
    keys = try FleetKeys(workspace)
    machine = keys.machine(origin: try workspace.id(of: ledger))
  }

  /// One that only says what it would send: the ledger is read, and nothing in it changes.
  init(dry workspace: Workspace) throws(CommandFailure) {
    self.workspace = workspace
    mostRows = .max
    ledger = try workspace.ledgerToRead(migrating: false)
    keys = try FleetKeys(workspace)
    let drawn = try CommandFailure.ofLedger { [ledger] () throws(LedgerError) in try ledger.drawnOrigin() }
    if drawn == nil {
      workspace.notes.note("this ledger has no id yet; the machine's number is another one once it has drawn one")
    }
    machine = keys.machine(origin: drawn ?? "")
  }

  /// Sends what waits.
  /// - Parameters:
  ///   - all: whether everything is sent again.
  ///   - verify: whether what the server holds is compared first.
  func run(all: Bool = false, verify: Bool = false) throws(CommandFailure) -> Outcome {
    var server = try FleetServer(workspace)
    try retrying(waiting: try waiting().count) { () throws(PushFailure) in
      try Self.ofServer { () throws(FleetError) in
        try server.greet()
        try server.insert(machineRow(seen: server.clock), into: "machine")
      }
    }
    let target = PushTarget(server: server.identity, machine: machine)
    let (isMoved, formers) = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.beginPush(to: target) }
    if all { try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.pushAgain() } }
    if isMoved {
      workspace.notes.note("push: the server or the salt is not that of the last push: everything is sent again")
    }
    let newest = try compare(server, verify: verify, isMoved: isMoved)
    var taken = try held(formers, server)
    var outcome = Outcome()
    var rest = try waiting()
    var encoder = RowEncoder(machine: machine, keys: keys)
    var begun: Batch?
    while !rest.isEmpty {
      let sent = try retrying(waiting: rest.count) { () throws(PushFailure) in
        func take(after count: Int) throws(PushFailure) -> Batch {
          try self.take(Array(rest.dropFirst(count)), at: server.clock, above: newest, &encoder)
        }
        let batch = if let begun { begun } else { start(try take(after: 0), encoder.bytes, server) }
        begun = nil
        // The server takes rows in while the next ones are read.
        let next = try batch.count < rest.count ? take(after: batch.count) : nil
        try finish(batch, emptying: taken, server)
        begun = next.map { start($0, encoder.bytes, server) }
        return batch
      }
      rest.removeFirst(sent.count)
      for hour in sent.hours { for former in formers { taken[former]?[hour.hour] = nil } }
      outcome.hours += sent.hours.count
      outcome.requests += sent.hours.reduce(0) { $0 + Int($1.requests) }
    }
    for former in formers {
      try CommandFailure.ofLedger { () throws(LedgerError) in
        try ledger.forgetTarget(PushTarget(server: server.identity, machine: former))
      }
    }
    return outcome
  }

  private func waiting() throws(CommandFailure) -> [Int64] {
    try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.hoursToPush() }
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
    var all = all
    if workspace.settings.fleet.url.value != nil {
      let target = PushTarget(server: try FleetServer(workspace).identity, machine: machine)
      let isPushed = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.isPushed(to: target) }
      if !isPushed { all = true }
    }
    let hours = try CommandFailure.ofLedger { () throws(LedgerError) in
      all ? try ledger.hoursHeld() : try ledger.hoursToPush()
    }
    write("machine", RowBinary.rows(machineRow(seen: workspace.context.now()), FleetSchema.machineTypes))
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

  /// Compares in sum what the server says that this machine committed, and hour by hour where that differs from what the
  /// ledger noted: a server that was set up again, a ledger that was restored or copied.
  /// - Returns: the newest version that the server has, above which the next ones must be.
  private func compare(_ server: FleetServer, verify: Bool, isMoved: Bool) throws(CommandFailure) -> Int64 {
    let state: FleetMachineState?
    do throws(FleetError) {
      state = FleetMachineState(try server.ask(server.sql.committed(by: machine), consistent: true))
    } catch {
      // Who may only insert compares nothing, and whoever is busy now takes rows all the same.
      guard !verify, error.isOfRights || error.isLater else { throw CommandFailure(error) }
      workspace.notes.detail("push: what the server has is not compared: \(error)")
      return 0
    }
    guard let state else { throw CommandFailure(FleetError.foreignCommits) }
    let (known, own) = try CommandFailure.ofLedger { () throws(LedgerError) in
      (try ledger.pushedHours(), try ledger.newestPushVersion())
    }
    if state.newest > own {
      workspace.notes.warning(
        "the server has newer pushes of this ledger than this file made: it was restored, or a copy of it pushes, too; "
          + "of each hour that both have sent, only what was pushed last counts; on a copy that is in use, as on a cloned "
          + "machine, `ccr-audit ledger separate` makes it one of its own")
    }
    if verify {
      try self.verify(server, known)
    } else if !isMoved, state != FleetMachineState(Array(known.values)), !known.isEmpty || state.hours > 0 {
      workspace.notes.detail("push: the server has something else than the ledger noted")
      try self.verify(server, known, isAsked: false)
    }
    return state.newest
  }

  /// Finds hours of which the server holds something else than the ledger noted, and has them sent again.
  private func verify(
    _ server: FleetServer, _ known: [Int64: (version: Int64, rows: Int64, digest: UInt64)], isAsked: Bool = true
  ) throws(CommandFailure) {
    let (committed, stored) = try CommandFailure.ofFleet { () throws(FleetError) in
      (try server.ask(server.sql.hours(of: machine), consistent: true), try server.ask(server.sql.stored(of: machine)))
    }
    let commits = Dictionary(committed.map { ($0[0], Array($0[1...])) }) { first, _ in first }
    let rows = Dictionary(stored.map { ($0[0], Array($0[1...])) }) { first, _ in first }
    let wrong = known.filter { hour, pushed in
      commits["\(hour)"] != ["\(pushed.version)", "\(pushed.rows)", "\(pushed.digest)"]
        || (rows["\(hour)"] ?? ["0", "0"]) != ["\(pushed.rows)", "\(pushed.digest)"]
    }
    let (waiting, held) = try CommandFailure.ofLedger { () throws(LedgerError) in
      (Set(try ledger.hoursToPush()), try ledger.hoursWithRequests())
    }
    // Neither noted as sent nor waiting, on the server or not.
    let unknown = held.filter { known[$0] == nil && !waiting.contains($0) }
    // What only the server has, this ledger has lost: there it stays.
    let foreign = commits.filter { hour, commit in
      guard let hour = Int64(hour), commit.count == 3, commit[1] != "0" else { return false }
      return known[hour] == nil && !held.contains(hour) && !waiting.contains(hour)
    }
    try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.pushAgain(Array(wrong.keys) + unknown) }
    let count = wrong.count + unknown.count
    if count > 0 {
      workspace.notes.note(
        "\(Figures.count(count, "hour")) \(count == 1 ? "is" : "are") not on the server as the ledger noted, and "
          + "\(count == 1 ? "is" : "are") sent again")
    } else if isAsked {
      workspace.notes.note("verified: the server holds \(Figures.count(known.count, "hour")) as the ledger noted")
    }
    if !foreign.isEmpty, isAsked {
      workspace.notes.note(
        "\(Figures.count(foreign.count, "hour")) of this machine \(foreign.count == 1 ? "is" : "are") on the server "
          + "alone, from a ledger that held more: they stay")
    }
  }

  /// By machine that this ledger was before on this server, as its salt was another one: the hours that it committed, and
  /// their versions. They stop counting with the commit that counts them again.
  private func held(_ formers: [UInt64], _ server: FleetServer) throws(CommandFailure) -> [UInt64: [Int64: Int64]] {
    var held: [UInt64: [Int64: Int64]] = [:]
    for former in formers {
      let rows = try CommandFailure.ofFleet { () throws(FleetError) in
        try server.ask(server.sql.hours(of: former), consistent: true)
      }
      for row in rows where row.count == 4 && row[2] != "0" {
        guard let hour = Int64(row[0]), let version = Int64(row[1]), (0..<FleetSQL.newestVersion).contains(version)
        else { throw CommandFailure(FleetError.foreignCommits) }
        held[former, default: [:]][hour] = version
      }
    }
    return held
  }

  /// Why a batch is not done.
  private enum PushFailure: Error {
    case server(FleetError)
    case ledger(LedgerError)
  }

  /// What is sent at once.
  private struct Batch {
    /// How many of the hours that waited, and those of them that changed.
    var count = 0
    var hours: [PushedHour] = []
    var version: Int64
    /// Its rows on their way, and since when.
    var upload: (rows: Upload, begin: Int64)?
  }

  /// Reads the first of the hours, as many as are sent at once.
  private func take(
    _ rest: [Int64], at now: Int64, above newest: Int64, _ encoder: inout RowEncoder
  ) throws(PushFailure) -> Batch {
    do throws(LedgerError) {
      var batch = Batch(version: try ledger.reservePushVersion(now: now, above: newest))
      encoder.removeAll()
      while batch.count < rest.count, encoder.count < mostRows, encoder.bytes.count < Self.mostBytes {
        let hour = try ledger.takeHour(rest[batch.count], version: batch.version) { encoder.add($0, $1, to: &$2) }
        if let hour { batch.hours.append(hour) }
        batch.count += 1
      }
      return batch
    } catch {
      throw .ledger(error)
    }
  }

  /// Sends the rows, and goes on.
  private func start(_ batch: Batch, _ rows: [UInt8], _ server: FleetServer) -> Batch {
    var batch = batch
    if !batch.hours.isEmpty { batch.upload = (Upload(rows, to: server), workspace.context.now()) }
    return batch
  }

  /// Commits what was started, once the server has the rows.
  /// - Parameter former: by machine that this ledger was before, the hours whose requests count there until now.
  private func finish(
    _ batch: Batch, emptying former: [UInt64: [Int64: Int64]], _ server: FleetServer
  ) throws(PushFailure) {
    guard let upload = batch.upload else { return }
    try Self.ofServer { () throws(FleetError) in
      try upload.rows.wait()
      // A machine that slept in the middle.
      guard workspace.context.now() - upload.begin < Self.longestPush else {
        throw .later("sending took too long", code: nil)
      }
      var commits = RowEncoder.commits(batch.hours, machine: machine)
      for (machine, hours) in former.sorted(by: { $0.key < $1.key }) {
        let emptied = batch.hours.compactMap { hour in
          hours[hour.hour].map { PushedHour(hour: hour.hour, version: max(batch.version, $0 + 1)) }
        }
        commits += RowEncoder.commits(emptied, machine: machine)
      }
      try server.insert(commits, into: "commits")
    }
    do throws(LedgerError) {
      try ledger.notePushed(batch.hours)
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
            "the fleet's server: \(error); \(Figures.count(hours, "hour")) wait to be sent",
            hint: "nothing is lost: run it again")
        }
        workspace.notes.detail("push: \(error); trying again in \(pause) s")
        // Not all machines at the same moment: each waits up to twice as long, by its number.
        workspace.context.wait(pause * 1000 + Int64(machine % UInt64(pause * 1000)))
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

  private func machineRow(seen: Int64) -> [UInt8] {
    let (fleet, isPlain) = (workspace.settings.fleet, workspace.settings.fleet.names.value == .plain)
    let name = isPlain ? workspace.settings.origin.value ?? "" : ""
    let team = fleet.team.value.map { isPlain ? $0 : keys.name("team", $0) } ?? ""
    return RowEncoder.machine(machine, seen: seen, name: name, team: team)
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
