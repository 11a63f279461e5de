package import ArgumentParser
import Pricing

/// `ccr-audit schema`: what editors check our YAML files with.
package struct SchemaCommand: AuditCommand {
  package static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of a pricing file or of the configuration, for editors.",
    discussion: """
      An editor with a YAML language server then completes keys, explains them and marks mistakes:

        ccr-audit schema pricing > pricing.schema.json
        # yaml-language-server: $schema=../pricing.schema.json      (first line of a file in pricing/)
      """)

  @Argument(help: "Of which file.")
  var file: File

  package init() {}

  package func run(in context: Context) throws(CommandFailure) {
    switch file {
    case .pricing: context.output.write(PricingSchema.text)
    case .config: context.output.write(ConfigurationSchema.text)
    }
  }

  enum File: String, CaseIterable, ExpressibleByArgument {
    case pricing
    case config
  }
}
