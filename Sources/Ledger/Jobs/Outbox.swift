import GRDB
package import Model

/// What a day's audit says that people have to be told.
package struct DayVerdict {
  package var day: CivilDay
  /// Models above the limit.
  package var offenders: [ModelID]
  /// Models at or below the limit again.
  package var recovered: [ModelID]
  /// Whether everything else of the day is done, so that no later run has to do it again.
  package var isComplete: Bool

  package init(day: CivilDay, offenders: [ModelID], recovered: [ModelID], isComplete: Bool) {
    self.day = day
    self.offenders = offenders
    self.recovered = recovered
    self.isComplete = isComplete
  }
}

extension LedgerFile {
  /// Writes a day's verdict, and in the same transaction one message with all models that the day has no message for.
  /// - Parameter payload: makes the message of models above the limit, and of those that recovered.
  /// - Returns: how many models the message names.
  package func record(
    _ verdict: DayVerdict, at now: Int64, payload: (_ offenders: [ModelID], _ recovered: [ModelID]) -> String
  ) throws(LedgerError) -> Int {
    try writeDurably { database in
      let day = verdict.day.description
      let offenders = try Self.untold(verdict.offenders, "alert", day, in: database)
      let recovered = try Self.untold(verdict.recovered, "recovered", day, in: database)
      if !offenders.isEmpty || !recovered.isEmpty {
        let id = try Self.insert(
          payload(offenders, recovered), offenders.isEmpty ? "recovered" : "alert", day, at: now, in: database)
        try Self.note(offenders, "alert", day, toldBy: id, in: database)
        try Self.note(recovered, "recovered", day, toldBy: id, in: database)
      }
      try Self.note(verdict.day, isComplete: verdict.isComplete, at: now, in: database)
      return offenders.count + recovered.count
    }
  }

  /// Notes days that a run is about to audit, so that a later one does it where this one does not come to its end.
  package func noteDue(_ days: [CivilDay], at now: Int64) throws(LedgerError) {
    try write { for day in days { try Self.note(day, isComplete: false, at: now, in: $0) } }
  }

  /// A day that was done once stays done.
  private static func note(_ day: CivilDay, isComplete: Bool, at now: Int64, in database: Database) throws {
    try database.execute(
      sql: """
        INSERT INTO audited_day (day, audited, complete) VALUES (?, ?, ?)
        ON CONFLICT (day) DO UPDATE SET audited = excluded.audited, complete = max(complete, excluded.complete)
        """, arguments: [day.description, now, isComplete])
  }

  /// The days that runs have begun to audit, and whether all of their work was done.
  package func auditedDays() throws(LedgerError) -> [CivilDay: Bool] {
    try read { database in
      let days: [(CivilDay, Bool)] = try Row.fetchAll(database, sql: "SELECT day, complete FROM audited_day")
        .compactMap { row in
          let isComplete: Bool = try row.value("complete")
          return CivilDay(try row.value("day", as: String.self)).map { ($0, isComplete) }
        }
      return Dictionary(days, uniquingKeysWith: { $0 || $1 })
    }
  }

  /// The models whose last message before a day said that they are above the limit.
  package func alerted(before day: CivilDay) throws(LedgerError) -> Set<ModelID> {
    try read { database in
      Set(
        try Row.fetchAll(
          database,
          sql: """
            SELECT provider, model FROM outbox_model AS last WHERE kind = 'alert' AND day < ?1 AND NOT EXISTS (
              SELECT 1 FROM outbox_model WHERE provider = last.provider AND model = last.model AND kind = 'recovered'
                AND day >= last.day AND day < ?1)
            """, arguments: [day.description]
        ).map { try ModelID(provider: $0.value("provider"), model: $0.value("model")) })
    }
  }

  /// All messages, oldest first: also those of a kind that a newer program added.
  package func messages() throws(LedgerError) -> [OutboxRecord] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM outbox ORDER BY id").map { row in
        guard let state = try OutboxRecord.State(rawValue: row.value("state")) else {
          throw ForeignValue(column: "state")
        }
        return try OutboxRecord(
          id: row.value("id"), day: row.value("day"), kind: OutboxRecord.Kind(rawValue: row.value("kind")),
          payload: row.value("payload"), state: state, attempts: row.value("attempts"),
          nextAttempt: row.value("next_attempt"), lastStatus: row.value("last_status"), created: row.value("created"))
      }
    }
  }

  /// Keeps how far a message got.
  package func keep(_ message: OutboxRecord) throws(LedgerError) {
    try writeDurably {
      try $0.execute(
        sql: "UPDATE outbox SET state = ?, attempts = ?, next_attempt = ?, last_status = ?, created = ? WHERE id = ?",
        arguments: [
          message.state.rawValue, message.attempts, message.nextAttempt, message.lastStatus, message.created,
          message.id,
        ])
    }
  }

  /// Writes one message about those topics of which the day has none of that kind.
  /// - Parameters:
  ///   - day: the first day in which a topic is named once: a month, a week, a day.
  ///   - payload: makes the message of the topics that are new.
  /// - Returns: how many topics the message names.
  package func tell(
    _ kind: OutboxRecord.Kind, of topics: [String], on day: CivilDay, at now: Int64, payload: ([String]) -> String
  ) throws(LedgerError) -> Int {
    try writeDurably { database in
      let new = try Self.untold(topics.map(Self.topic), kind.rawValue, day.description, in: database)
      guard !new.isEmpty else { return 0 }
      let id = try Self.insert(payload(new.map(\.model)), kind.rawValue, day.description, at: now, in: database)
      try Self.note(new, kind.rawValue, day.description, toldBy: id, in: database)
      return new.count
    }
  }

  /// What is no model stands among them without a provider.
  private static func topic(_ name: String) -> ModelID { ModelID(provider: "", model: name) }

  /// Those that no message of a day and kind names.
  private static func untold(
    _ models: [ModelID], _ kind: String, _ day: String, in database: Database
  ) throws -> [ModelID] {
    try models.filter {
      try Bool.fetchOne(
        database,
        sql:
          "SELECT NOT EXISTS (SELECT 1 FROM outbox_model WHERE day = ? AND kind = ? AND provider = ? AND model = ?)",
        arguments: [day, kind, $0.provider, $0.model]) ?? true
    }
  }

  /// Notes that a message names them.
  private static func note(
    _ models: [ModelID], _ kind: String, _ day: String, toldBy message: Int64, in database: Database
  ) throws {
    for model in models {
      try database.execute(
        sql: "INSERT INTO outbox_model VALUES (?, ?, ?, ?, ?)",
        arguments: [day, kind, model.provider, model.model, message])
    }
  }

  /// Puts a message into the outbox.
  /// - Returns: its number.
  private static func insert(
    _ payload: String, _ kind: String, _ day: String, at now: Int64, in database: Database
  ) throws -> Int64 {
    try database.execute(
      sql: "INSERT INTO outbox (day, kind, payload, next_attempt, created) VALUES (?, ?, ?, ?, ?)",
      arguments: [day, kind, payload, now, now])
    return database.lastInsertedRowID
  }

  /// Puts a test message into the outbox.
  package func addTestMessage(_ payload: String, day: CivilDay, at now: Int64) throws(LedgerError) -> Int64 {
    try writeDurably {
      try Self.insert(payload, "test", day.description, at: now, in: $0)
    }
  }
}
