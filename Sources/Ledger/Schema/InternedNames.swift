import GRDB

/// Names that answers repeat (models, sub-agents), each kept once, inside one transaction.
struct InternedNames {
  private let database: Database
  private var ids: [String: Int64] = [:]
  private var texts: [Int64: String] = [:]
  /// What was asked for last, and most often is again.
  private var last: (text: String, id: Int64)?

  init(_ database: Database) { self.database = database }

  mutating func id(of text: String) throws -> Int64 {
    if let last, last.text == text { return last.id }
    if let known = ids[text] {
      last = (text, known)
      return known
    }
    let kept = text.boundedName
    let id = try database.id("SELECT id FROM word WHERE text = ?", "INSERT INTO word (text) VALUES (?)", [kept])
    note(id, kept)
    return id
  }

  mutating func text(_ id: Int64) throws -> String {
    if let known = texts[id] { return known }
    let select = try database.cachedStatement(sql: "SELECT text FROM word WHERE id = ?")
    let text = try String.fetchOne(select, arguments: [id]) ?? ""
    note(id, text)
    return text
  }

  private mutating func note(_ id: Int64, _ text: String) {
    ids[text] = id
    texts[id] = text
  }
}
