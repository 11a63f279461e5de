import GRDB
import Model

/// Who has a session's answers before the session is joined again: most of it stays, and only what differs is written.
struct HeldAnswers {
  /// A request without a session that has an answer.
  struct Borrower {
    var row: AnswerRow
    /// The model that it asked for.
    var model: String
    /// When the answer ended, epoch milliseconds.
    var time: Int64
  }

  /// The rows that answers have of their own, by answer.
  var own: [Int64: AnswerRow] = [:]
  /// Further rows of the same answers.
  private(set) var surplus: [Int64] = []
  /// By answer.
  var borrowers: [Int64: Borrower] = [:]

  /// - Parameter hasSessionless: whether some request names no session.
  init(ofSession session: Int64, hasSessionless: Bool, _ database: Database) throws {
    let ownRows = try BoundStatement(
      database, "SELECT \(AnswerRow.columns), message FROM request WHERE session = ? AND number IS NULL")
    try ownRows.forEach {
      $0.add(session)
    } _: { row in
      if own.updateValue(AnswerRow(row), forKey: row[AnswerRow.count]) != nil { surplus.append(row[0]) }
    }
    guard hasSessionless else { return }
    let first = AnswerRow.count
    let borrowed = try BoundStatement(
      database,
      """
      SELECT \(AnswerRow.columns), message.id, message.time,
        coalesce((SELECT text FROM word WHERE word.id = request.asked), model.model)
      FROM message CROSS JOIN request ON request.message = message.id AND request.session IS NULL
        JOIN model ON model.id = request.model
      WHERE message.session = ?
      """, texts: [first + 2])
    try borrowed.forEach {
      $0.add(session)
    } _: { row in
      borrowers[row[first]] = try Borrower(row: AnswerRow(row), model: row.text(first + 2) ?? "", time: row[first + 1])
    }
  }
}
