import GRDB
import Model

/// A model as the ledger tells it apart: who was called, and what else sets the price.
struct CalledModel: Hashable {
  var model: ModelID
  var variant: CallVariant
}

/// The rows of `model` and `variant`, each made when it is first needed, inside one transaction.
struct CalledModels {
  private let database: Database
  private var ids: [CalledModel: Int64] = [:]
  private var models: [Int64: CalledModel] = [:]
  private var variants: [CallVariant: Int64] = [.none: 0]
  private var variantsByID: [Int64: CallVariant] = [0: .none]

  init(_ database: Database) { self.database = database }

  mutating func id(of model: ModelID, _ variant: CallVariant) throws -> Int64 {
    let called = CalledModel(model: model, variant: variant)
    if let known = ids[called] { return known }
    let id = try database.id(
      "SELECT id FROM model WHERE provider = ? AND model = ? AND variant = ?",
      "INSERT INTO model (provider, model, variant) VALUES (?, ?, ?)",
      [model.provider.boundedName, model.model.boundedName, id(of: variant)])
    ids[called] = id
    return id
  }

  mutating func id(of variant: CallVariant) throws -> Int64 {
    if let known = variants[variant] { return known }
    let id = try database.id(
      "SELECT id FROM variant WHERE host = ? AND speed = ? AND geo = ? AND tier = ? AND flags = ?",
      "INSERT INTO variant (host, speed, geo, tier, flags) VALUES (?, ?, ?, ?, ?)",
      [
        (variant.host ?? "").boundedName, (variant.speed ?? "").boundedName, (variant.geo ?? "").boundedName,
        (variant.tier ?? "").boundedName, VariantFlags(variant).rawValue,
      ])
    variants[variant] = id
    return id
  }

  mutating func called(_ id: Int64) throws -> CalledModel? {
    if let known = models[id] { return known }
    models[id] = try Self.rows(database, "WHERE model.id = ?", [id])[id]
    return models[id]
  }

  mutating func variant(_ id: Int64) throws -> CallVariant {
    if let known = variantsByID[id] { return known }
    let select = try BoundStatement(
      database, "SELECT \(CallVariant.columns) FROM variant WHERE id = ?", texts: [0, 1, 2, 3])
    var found: CallVariant?
    try select.forEach {
      $0.add(id)
    } _: {
      found = try CallVariant($0, from: 0)
    }
    guard let found else { throw ForeignValue(column: "variant") }
    variantsByID[id] = found
    return found
  }

  /// All models, by their id.
  static func all(_ database: Database) throws -> [Int64: CalledModel] { try rows(database, "", []) }

  private static func rows(
    _ database: Database, _ condition: String, _ arguments: [Int64]
  ) throws -> [Int64: CalledModel] {
    let select = try BoundStatement(
      database,
      """
      SELECT model.id, model.variant AS "model.variant", variant.id, provider, model, \(CallVariant.columns)
      FROM model LEFT JOIN variant ON variant.id = model.variant \(condition)
      """, texts: [3, 4, 5, 6, 7, 8])
    var found: [Int64: CalledModel] = [:]
    try select.forEach { statement in
      for argument in arguments { statement.add(argument) }
    } _: { row in
      // A model that is left out would take its requests out of every report.
      guard row.optional(2) != nil else { throw ForeignValue(column: "model.variant") }
      found[row[0]] = try CalledModel(
        model: ModelID(provider: row.text(3) ?? "", model: row.text(4) ?? ""), variant: CallVariant(row, from: 5))
    }
    return found
  }
}

/// The marks of a variant, as the ledger holds them.
private struct VariantFlags: OptionSet {
  let rawValue: Int64

  static let batch = VariantFlags(rawValue: 1)
  static let splitUnknown = VariantFlags(rawValue: 2)
  static let assumed = VariantFlags(rawValue: 4)

  init(rawValue: Int64) { self.rawValue = rawValue }

  init(_ variant: CallVariant) {
    self = []
    if variant.isBatch { insert(.batch) }
    if variant.isSplitUnknown { insert(.splitUnknown) }
    if variant.isAssumed { insert(.assumed) }
  }
}

extension CallVariant {
  /// The columns of `variant` that say which it is.
  fileprivate static let columns = "host, speed, geo, tier, flags"

  /// A row that has those columns from a place on.
  fileprivate init(_ row: BoundStatement.Columns, from first: Int32) throws {
    func text(_ place: Int32) throws -> String? {
      let text = try row.text(first + place) ?? ""
      return text.isEmpty ? nil : text
    }
    let flags = VariantFlags(rawValue: row[first + 4])
    try self.init(
      host: text(0), speed: text(1), geo: text(2), tier: text(3), isBatch: flags.contains(.batch),
      isSplitUnknown: flags.contains(.splitUnknown), isAssumed: flags.contains(.assumed))
  }
}
