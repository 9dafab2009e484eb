"""Many models made by one operation of a migration."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel, SeparateDatabaseAndState
from django.db.migrations.state import ProjectState


class CreateModels(SeparateDatabaseAndState):
    """Create models, whose triggers stand in their options.

    After each operation Django renders all models anew that are related to the changed one, and everything is related to
    people: one operation for all models of an app halves the time in which each test process makes its database.
    """

    def __init__(self, models: Sequence[CreateModel]) -> None:
        super().__init__(state_operations=models)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        vars(state).pop("apps", None)  # rendered again when the first table is made
        super().state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in self.state_operations:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in reversed(self.state_operations):
            model.database_backwards(app_label, schema_editor, from_state, to_state)
