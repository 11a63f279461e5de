import GRDB
import Reading
import Model

/// Writes what clients wrote down of answers, inside one transaction: each record once, at its fullest.
///
/// A new answer of a Claude model, in a session that no router describes, was never routed and becomes a request at
/// once. Of any other the session is marked, and `SessionJoin` settles it when the run ends.
struct ClientMessages {
  private let database: Database
  private var rows: RequestRows
  private var answers: ClientAnswers
  private var unrouted = UnroutedModels { _ in nil }
  private let insertion: BoundStatement
  private let update: BoundStatement
  /// Whether any router's request has a key.
  private let hasKeys: Bool
  private let keyHolder: BoundStatement
  /// Whether telemetry describes any answer.
  private var hasTelemetry: Bool
  private let copies: CopiedAnswers
  /// What was read again; `nil` where records add to what is known.
  private let replaced: ReplacedKeys?

  init(_ database: Database, caches: SessionCaches = SessionCaches(), replaced: ReplacedKeys? = nil) throws {
    self.database = database
    self.replaced = replaced
    copies = CopiedAnswers(database)
    rows = try RequestRows(database, caches: caches)
    answers = try ClientAnswers(database)
    hasKeys = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM call_key)") ?? false
    hasTelemetry =
      try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM session WHERE telemetry)") ?? false
    keyHolder = try BoundStatement(database, "SELECT 1 FROM call_key WHERE key = ? LIMIT 1")
    let columns = """
      kin, key, session, model, agent, time, sidechain, complete, weak, archived, input, cache_read, cache_write_5m,
      cache_write_1h, output, variant, header, reason, twin, web_searches
      """
    let marks = [String](repeating: "?", count: 20).joined(separator: ", ")
    insertion = try BoundStatement(database, "INSERT INTO message (\(columns)) VALUES (\(marks))")
    update = try BoundStatement(database, "UPDATE message SET (\(columns)) = (\(marks)) WHERE id = ?")
  }

  /// Where a record stands among those to be added.
  private struct Place {
    var key: Int64
    var index: Int
    /// Which of the names of sessions.
    var name: Int
    var group: Int64 = 0
    var session: Int64 = 0
    var time: Int64 = 0
  }

  /// Writes records. To be called once in a transaction: its last step brings the sums up to date.
  /// - Returns: how many requests that added.
  @discardableResult
  mutating func add(_ records: [TranscriptMessage]) throws -> Int {
    var records = records
    var names: [String] = []
    let places = Self.merge(&records, names: &names)
    var new: [Place] = []
    var first = 0
    while first < places.count {
      var next = first + 1
      while next < places.count, places[next].group == places[first].group { next += 1 }
      let place = places[first]
      if next == first + 1, !records[place.index].hasWeakID, try !answers.holdGroup(place.group) {
        new.append(place)
      } else {
        for place in places[first..<next] { try add(records[place.index], key: place.key, group: place.group) }
      }
      first = next
    }
    try addNew(new, records, names)
    try rows.finish()
    return rows.added
  }

  /// Puts records of the same key together.
  /// - Parameter names: is given the names of their sessions; neighbours share one.
  /// - Returns: the places of what is left, those of one group side by side.
  private static func merge(_ records: inout [TranscriptMessage], names: inout [String]) -> [Place] {
    var places: [Place] = []
    places.reserveCapacity(records.count)
    for (index, record) in records.enumerated() {
      if record.session != names.last { names.append(record.session) }
      places.append(Place(key: record.keyHash, index: index, name: names.count - 1))
    }
    places.sort { $0.key < $1.key }
    var kept = 0
    for place in places {
      if kept > 0, places[kept - 1].key == place.key {
        let earlier = places[kept - 1].index
        records[earlier].merge(records[place.index])
        if records[earlier].session != names[places[kept - 1].name] { places[kept - 1].name = place.name }
      } else {
        places[kept] = place
        kept += 1
      }
    }
    places.removeLast(places.count - kept)
    for index in places.indices { places[index].group = records[places[index].index].groupHash }
    places.sort { $0.group == $1.group ? $0.key < $1.key : $0.group < $1.group }
    return places
  }

  /// Writes answers of which the ledger holds neither a record nor one of the same group.
  private mutating func addNew(
    _ places: [Place], _ records: [TranscriptMessage], _ names: [String]
  ) throws {
    var places = places.filter { records[$0.index].time >= rows.keptFrom }
    var sessions = [Int64](repeating: 0, count: names.count)
    for index in places.indices {
      let name = places[index].name
      if sessions[name] == 0 { sessions[name] = try rows.id(ofSession: names[name]) }
      places[index].session = sessions[name]
      places[index].time = records[places[index].index].time
    }
    places.sort {
      if $0.session != $1.session { return $0.session < $1.session }
      return $0.time == $1.time ? $0.key < $1.key : $0.time < $1.time
    }
    var first = 0
    while first < places.count {
      let session = places[first].session
      var next = first + 1
      while next < places.count, places[next].session == session { next += 1 }
      var isDirect = try isSettled(session)
      for place in places[first..<next] where isDirect {
        let record = records[place.index]
        isDirect =
          try !record.isTelemetry && !(hasTelemetry && record.flaw == .unfinished) && record.copies.isEmpty
          && !isKeyOfRequest(place.group)
          && !(record.requestID.map { try isKeyOfRequest(KeyHash.header($0)) } ?? false)
          && unrouted.isClaude(record, model: answers.names.id(of: record.model))
      }
      if !isDirect { try rows.markDirty(session) }
      for place in places[first..<next] {
        let model = try answers.names.id(of: records[place.index].model)
        let id = try write(
          records[place.index], id: nil, key: place.key, group: place.group, session: session, model: model,
          isArchived: false)
        _ = replaced?.isFirst(place.key)
        guard isDirect else { continue }
        try unrouted.insert(records[place.index], model: model, session: session, message: id, into: &rows)
      }
      first = next
    }
  }

  /// Whether no router describes a session, and nothing in it waits to be joined.
  private func isSettled(_ session: Int64) throws -> Bool {
    let statement = try BoundStatement(
      database,
      """
      SELECT 1 FROM session WHERE id = ?1 AND NOT dirty AND NOT telemetry
        AND NOT EXISTS (SELECT 1 FROM request WHERE session = ?1 AND number IS NOT NULL)
      """)
    return try statement.first {
      $0.add(session)
    } _: { _ in
      true
    } ?? false
  }

  /// Writes a record of which the ledger may hold another, or others of its group.
  private mutating func add(_ record: TranscriptMessage, key: Int64, group: Int64) throws {
    var related = try answers.all(inGroup: group)
    var known = related.first { $0.key == key }
    if known == nil, record.hasWeakID { known = try answers.weak(key: key) }
    var merged = record
    if let known {
      // Records of one key have one id.
      var earlier = known.message
      earlier.session = try RequestRows.name(ofSession: known.session, database) ?? ""
      earlier.messageID = record.messageID
      earlier.requestID = record.requestID
      earlier.line = record.line
      earlier.isTelemetry = record.isTelemetry
      if replaced?.isFirst(key) ?? false {
        // What an earlier version made of the same line is replaced.
        if record.session != earlier.session { merged.copies.insert(earlier.session) }
      } else {
        merged = .merged(earlier, record)
        if merged == earlier { return }
      }
      // Of several sessions that hold it, `CopiedAnswers.place` tells whose it is.
      if merged.session != earlier.session {
        merged.copies.insert(merged.session)
        merged.session = earlier.session
      }
    } else if merged.time < rows.keptFrom {
      return
    }
    let session = try rows.id(ofSession: merged.session)
    var own = merged
    own.session = record.session
    let mergedGroup = own.groupHash
    if mergedGroup != group { related += try answers.all(inGroup: mergedGroup) }
    if let hash = merged.twinHash, let twin = try copies.twin(hash, of: key) {
      try fold(key: key, group: mergedGroup, known, session, into: twin)
    } else {
      try write(
        merged, id: known?.id, key: key, group: mergedGroup, session: session,
        model: answers.names.id(of: merged.model),
        isArchived: known?.isArchived ?? related.contains(where: \.isArchived))
    }
    // A record can change what others of its group stand for in other sessions.
    for session in Set(related.map(\.session) + [known?.session, session].compactMap(\.self)) {
      try rows.markDirty(session)
    }
  }

  /// Lets the copy in another session stand for a record. Of both keys the smaller one is kept, in whichever order they
  /// are read.
  private mutating func fold(
    key: Int64, group: Int64, _ known: ClientAnswer?, _ session: Int64, into twin: CopiedAnswers.Twin
  ) throws {
    if let known { try copies.fold(known.id, into: twin.id) }
    if key < twin.key {
      try database.cachedStatement(sql: "UPDATE message SET key = ?, kin = ? WHERE id = ?")
        .execute(arguments: [key, group, twin.id])
    }
    if try copies.note(twin.id, heldBy: [session, twin.session]) || known != nil { try rows.markDirty(twin.session) }
  }

  /// - Returns: the row's number.
  @discardableResult
  private mutating func write(
    _ record: TranscriptMessage, id: Int64?, key: Int64, group: Int64, session: Int64, model: Int64, isArchived: Bool
  ) throws -> Int64 {
    let agent = try record.agentID.map { try answers.names.id(of: $0) }
    let usage = record.measured
    let variant = try answers.models.id(of: record.variant)
    let header = record.requestID.map(KeyHash.header)
    try (id == nil ? insertion : update).run {
      $0.add(group)
      $0.add(key)
      $0.add(session)
      $0.add(model)
      $0.add(agent)
      $0.add(record.time)
      $0.add(record.isSidechain ? 1 : 0)
      $0.add(record.complete ? 1 : 0)
      $0.add(record.hasWeakID ? 1 : 0)
      $0.add(isArchived ? 1 : 0)
      $0.add(usage?.input)
      $0.add(usage?.cacheRead)
      $0.add(usage?.cacheWrite5m)
      $0.add(usage?.cacheWrite1h)
      $0.add(usage?.output)
      $0.add(variant)
      $0.add(header)
      $0.add(Codes.code(record.flaw.map { .transcript($0) }))
      $0.add(record.twinHash)
      $0.add(record.webSearches > 0 ? record.webSearches : nil)
      if let id { $0.add(id) }
    }
    let row = id ?? insertion.lastRow
    if record.flaw != nil, let known = record.usage { try LowerBounds.note(known, ofAnswer: row, database) }
    if !record.copies.isEmpty {
      let others = try record.copies.sorted().map { try rows.id(ofSession: $0) }
      try copies.note(row, heldBy: [session] + others)
      for other in others { try rows.markDirty(other) }
    }
    if record.isTelemetry {
      hasTelemetry = true
      try database.cachedStatement(sql: "UPDATE message SET telemetry = 1 WHERE id = ?").execute(arguments: [row])
      try database.cachedStatement(sql: "UPDATE session SET telemetry = 1 WHERE id = ?").execute(arguments: [session])
    }
    if let header, hasTelemetry {
      // An answer that telemetry and a transcript put in different sessions counts in one of them.
      let others = try database.cachedStatement(
        sql: "SELECT DISTINCT session FROM message WHERE header = ? AND telemetry <> ? AND session <> ?")
      for other in try Int64.fetchAll(others, arguments: [header, record.isTelemetry, session]) {
        try rows.markDirty(other)
      }
    }
    let keys = [group, header].compactMap(\.self)
    if try keys.contains(where: isKeyOfRequest) { try StaleMarks.mark(keys: keys, in: database) }
    return row
  }

  /// Whether a router's request has that key.
  private func isKeyOfRequest(_ key: Int64) throws -> Bool {
    guard hasKeys else { return false }
    return try keyHolder.first {
      $0.add(key)
    } _: { _ in
      true
    } ?? false
  }
}
