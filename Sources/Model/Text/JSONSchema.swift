/// A JSON Schema of the draft 2020-12, as far as it takes to tell an editor about our YAML files.
package struct JSONSchema: Sendable {
  /// The keywords, in the order in which they are written.
  package var keywords: [(String, JSONText)]

  /// A schema of keywords.
  package init(_ keywords: [(String, JSONText)]) { self.keywords = keywords }

  /// A text. Control characters are never meant.
  /// - Parameter pattern: an ECMA-262 expression without Unicode classes.
  package static func text(pattern: String = #"^[^\u0000-\u001f\u007f-\u009f]+$"#) -> JSONSchema {
    JSONSchema([("type", .string("string")), ("pattern", .string(pattern))])
  }

  /// One of some texts.
  package static func choice(_ texts: [String]) -> JSONSchema {
    JSONSchema([("enum", .array(texts.map { .string($0) }))])
  }

  /// `YYYY-MM-DD`.
  package static let date = JSONSchema([
    ("type", .string("string")), ("format", .string("date")),
    ("pattern", .string("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")),
  ])

  /// A whole number inside bounds.
  package static func integer(_ bounds: ClosedRange<Int>) -> JSONSchema {
    JSONSchema([
      ("type", .string("integer")), ("minimum", .count(bounds.lowerBound)), ("maximum", .count(bounds.upperBound)),
    ])
  }

  /// A whole number from a bound on.
  package static func integer(_ bounds: PartialRangeFrom<Int>) -> JSONSchema {
    JSONSchema([("type", .string("integer")), ("minimum", .count(bounds.lowerBound))])
  }

  /// A list that is not empty.
  package static func list(of element: JSONSchema) -> JSONSchema {
    JSONSchema([("type", .string("array")), ("minItems", .count(1)), ("items", element.json)])
  }

  /// What one of several schemas takes.
  package static func any(_ schemas: [JSONSchema]) -> JSONSchema {
    JSONSchema([("anyOf", .array(schemas.map(\.json)))])
  }

  /// The definition of a name in `$defs`.
  package static func defined(_ name: String) -> JSONSchema { JSONSchema([("$ref", .string("#/$defs/\(name)"))]) }

  /// A mapping of known keys.
  package static func object(_ properties: [(String, JSONSchema)], required: [String] = []) -> JSONSchema {
    var keywords: [(String, JSONText)] = [
      ("type", .string("object")), ("additionalProperties", .bool(false)),
      ("properties", .object(properties.map { ($0, $1.json) })),
    ]
    if !required.isEmpty { keywords.append(("required", .array(required.map { .string($0) }))) }
    return JSONSchema(keywords)
  }

  /// The same, with what an editor shows about it.
  package func described(_ description: String) -> JSONSchema {
    JSONSchema(keywords + [("description", .string(description))])
  }

  /// The same, and more rules.
  package func with(_ more: (String, JSONText)...) -> JSONSchema { JSONSchema(keywords + more) }

  /// The schema as a value.
  package var json: JSONText { .object(keywords) }

  /// The schema as a file.
  package func document(title: String, defining definitions: [(String, JSONSchema)] = []) -> String {
    var whole: [(String, JSONText)] = [
      ("$schema", .string("https://json-schema.org/draft/2020-12/schema")), ("title", .string(title)),
    ]
    whole += keywords
    if !definitions.isEmpty { whole.append(("$defs", .object(definitions.map { ($0, $1.json) }))) }
    return JSONText.object(whole).pretty + "\n"
  }
}
