"""The renderer that makes `{{ form }}` and `{{ form.name.as_field_group }}` come out as page components.

Set as FORM_RENDERER; needs `django.forms` among the installed apps. Widgets keep Django's own templates, which are
used for hidden inputs only.
"""

from django.forms.renderers import TemplatesSetting


class ComponentRenderer(TemplatesSetting):
    """Whole forms and single fields through `templates/components/`."""

    form_template_name = "components/form.html"
    field_template_name = "components/form_field.html"
